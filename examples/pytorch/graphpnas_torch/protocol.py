"""Version 1 of GraphPNAS's evaluation protocol: requests come in and replies go out, one JSON object per line."""
import json

from .errors import Invalid
from .plan import Plan, is_number, is_whole

VERSION = 1
MAX_LINE = 1 << 20  # bytes in a line, including its end
MAX_ID = 1 << 10  # characters in an id, which every reply repeats
MAX_SEED = (1 << 53) - 1
MAX_TEXT = 1 << 12  # characters in a message

# "resume" is accepted but ignored: this program never returns one, and starts from its own checkpoint or from scratch.
FIELDS = {"protocol", "id", "space", "arch", "notation", "budget", "resume", "seed", "plan"}


class Unanswerable(Exception):
    """The line is not a request, so there is nothing to reply to."""


class Request:
    """A request for one evaluation."""

    def __init__(self, fields):
        self.name = fields["id"]
        self.fields = fields

    def check(self):
        """Reads plan, budget and seed; raises Invalid."""
        fields = self.fields
        if not fields.keys() <= FIELDS:
            raise Invalid(f"unknown fields: {', '.join(sorted(fields.keys() - FIELDS))}")
        self.seed, self.budget = fields.get("seed"), fields.get("budget", {})
        if not isinstance(fields.get("space"), str) or not isinstance(fields.get("arch"), dict):
            raise Invalid("a request must name a space and contain an architecture")
        if not is_whole(self.seed) or not 0 <= self.seed <= MAX_SEED:
            raise Invalid(f"a seed must be a whole number from 0 to {MAX_SEED}")
        if not isinstance(self.budget, dict) or not all(is_number(value) for value in self.budget.values()):
            raise Invalid("a budget must be an object of finite numbers")
        if "plan" not in fields:
            raise Invalid("the request has no plan: the program that asks must send one (Plan of its command.Config or jetstream.Config)")
        self.plan = Plan(fields["plan"])


def requests(stream):
    """Yields the requests of a binary stream until its end, skipping blank lines; raises Unanswerable."""
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise Unanswerable(f"a line of more than {MAX_LINE} bytes")
        if line.strip():
            yield parse(line)


def parse(line):
    """Reads as much of a request as is needed to reply to it."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unanswerable(f"a line that is not JSON: {error}") from error
    version = fields.get("protocol") if isinstance(fields, dict) else None
    if not is_whole(version) or version != VERSION:
        raise Unanswerable(f"a line that is not of version {VERSION} of the protocol")
    name = fields.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_ID:
        raise Unanswerable(f"a request without an id of 1 to {MAX_ID} characters")
    return Request(fields)


class Replies:
    """Writes replies to a text stream."""

    def __init__(self, stream):
        self.stream = stream

    def progress(self, request, fraction, message):
        """Reports how far an evaluation has come, from 0 to 1."""
        self._write(id=request.name, progress=fraction, message=message[:MAX_TEXT])

    def result(self, request, value, metrics, seconds):
        """Ends a request with the objective, other metrics by name and the cost, all of which must be finite."""
        self._write(id=request.name, value=value, metrics=metrics, cost_seconds=seconds)

    def failure(self, request, message, temporary=False):
        """Ends a request that failed; temporary means that it may succeed if it is retried."""
        self._write(id=request.name, error=message[:MAX_TEXT], temporary=temporary)

    def _write(self, **fields):
        print(json.dumps(fields, allow_nan=False), file=self.stream, flush=True)
