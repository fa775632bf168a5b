"""The product around the core: configuration, storage, daemon, replay, trend log and commands."""
