"""Test doubles for your own tests: a Slack that runs on this machine and can fail in every documented way."""
