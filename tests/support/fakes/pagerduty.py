"""PagerDuty's Events API v2 as far as it is documented: alerts by dedup key, limits, refusals."""

from fakes.receiver import Receiver

KEY = "0123456789abcdef0123456789abcdef"
SEVERITIES = {"critical", "error", "warning", "info"}
MOST_BYTES = 512 * 1024


class FakePagerDuty(Receiver):
    """Attributes: `alerts`, by dedup key, each with its state and the events it took."""

    def __init__(self, keys=(KEY,)) -> None:
        super().__init__(self._take)
        self.keys = set(keys)
        self.alerts = {}

    def _take(self, sent):
        if sent.path != "/v2/enqueue":
            return 404, {"status": "not found"}
        event = sent.json()
        wrong = list(self._wrong(event, sent.body))
        if wrong:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
        alert = self.alerts.setdefault(event["dedup_key"], {"state": "", "events": []})
        action = event["event_action"]
        # A resolved alert takes nothing but a new trigger; one that nobody triggered takes nothing.
        if action == "trigger" or alert["state"] in {"triggered", "acknowledged"}:
            states = {"trigger": alert["state"] or "triggered", "acknowledge": "acknowledged"}
            if action == "trigger" and alert["state"] == "resolved":
                states["trigger"] = "triggered"
            alert["state"] = states.get(action, "resolved")
            alert["events"].append(event)
        return 202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}

    def _wrong(self, event, body):
        if len(body) > MOST_BYTES:
            yield "Event object is too large"
        if event.get("routing_key") not in self.keys:
            yield "'routing_key' is invalid or the integration does not exist"
        if event.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
            yield "'event_action' is invalid"
        if not 1 <= len(event.get("dedup_key", "")) <= 255:
            yield "'dedup_key' must be 1 to 255 characters"
        if event.get("event_action") != "trigger":
            return
        payload = event.get("payload", {})
        for name in ("summary", "source", "severity"):
            if not payload.get(name):
                yield f"'payload.{name}' is missing or blank"
        if payload.get("severity") not in SEVERITIES:
            yield "'payload.severity' is invalid"
        if len(payload.get("summary", "")) > 1024:
            yield "'payload.summary' must be at most 1024 characters"
