"""The Slack app: buttons and commands, answered over Socket Mode, without a public address."""
