"""The refusals of the Bot API: status, sentence and parameters, word for word as a bot reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Json = dict[str, object]
"""A JSON object, as the Bot API sends and takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer with `ok: false`. `parameters` is the Bot API's ResponseParameters."""

    code: int
    description: str
    parameters: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": dict(self.parameters)} if self.parameters else {})


class Refused(Exception):
    """A call that the Bot API does not obey."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.description)
        self.refusal = refusal


def bad_request(sentence: str) -> Refused:
    """Return the error for a call that is wrong in itself; `sentence` without the leading "Bad Request: "."""
    return Refused(Refusal(code=400, description=f"Bad Request: {sentence}"))


def too_many_requests(retry_after: int) -> Refusal:
    """Return flood control's answer. `retry_after` is in whole seconds."""
    description = f"Too Many Requests: retry after {retry_after}"
    return Refusal(code=429, description=description, parameters={"retry_after": retry_after})


def migrated(new_id: int) -> Refusal:
    """Return the answer for a group that lives on under another id."""
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refusal(code=400, description=description, parameters={"migrate_to_chat_id": new_id})


def kicked(place: str) -> Refusal:
    """Return the answer for a chat that put the bot out; `place` is group, supergroup or channel."""
    return Refusal(code=403, description=f"Forbidden: bot was kicked from the {place} chat")


def not_a_member(place: str) -> Refusal:
    """Return the answer for a chat that the bot left; `place` is group, supergroup or channel."""
    return Refusal(code=403, description=f"Forbidden: bot is not a member of the {place} chat")


UNAUTHORIZED = Refusal(code=401, description="Unauthorized")
NOT_FOUND = Refusal(code=404, description="Not Found")
CHAT_NOT_FOUND = Refusal(code=400, description="Bad Request: chat not found")
BLOCKED = Refusal(code=403, description="Forbidden: bot was blocked by the user")
DEACTIVATED = Refusal(code=403, description="Forbidden: user is deactivated")
NEVER_STARTED = Refusal(code=403, description="Forbidden: bot can't initiate conversation with a user")
GROUP_DELETED = Refusal(code=403, description="Forbidden: the group chat was deleted")
INTERNAL = Refusal(code=500, description="Internal Server Error")
WEBHOOK_CONFLICT = Refusal(
    code=409,
    description="Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first",
)
CONFLICT = Refusal(
    code=409,
    description="Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
)
