"""Stand-ins for services that no test can reach, on loopback. One kinder than the real one is a defect."""
