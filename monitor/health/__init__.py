"""Signs of life: `server` answers GET /health from the daemon's `report`; `heartbeat` and `systemd` send."""
