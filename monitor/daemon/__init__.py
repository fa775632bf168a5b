"""The process: worker threads, the tick, delivery, health, reload and a graceful stop."""
