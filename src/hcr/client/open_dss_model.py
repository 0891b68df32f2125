"""OpenDSS models that the service exports, as it answers them."""

from dataclasses import dataclass
from datetime import datetime

from hcr.client.wire_values import fields_of, flag_of, instant_of, integer_of, items_of, text_of, texts_of

FINAL_OPEN_DSS_STATES = frozenset({"COMPLETED", "FAILED", "COULD_NOT_START"})


@dataclass(frozen=True, slots=True)
class OpenDssModel:
    """One export; `generation_spec` is the JSON text of what was asked for."""

    id: str
    name: str = ""
    state: str = ""
    errors: tuple[str, ...] = ()
    created_at: datetime | None = None
    created_by: str = ""
    is_public: bool | None = None
    generation_spec: str = ""

    @classmethod
    def read(cls, value: object) -> "OpenDssModel":
        """The export of an answer."""
        fields = fields_of(value)
        return cls(
            id=text_of(fields.get("id")),
            name=text_of(fields.get("name")),
            state=text_of(fields.get("state")),
            errors=texts_of(fields.get("errors")),
            created_at=instant_of(fields.get("createdAt")),
            created_by=text_of(fields.get("createdBy")),
            is_public=flag_of(fields.get("isPublic")),
            generation_spec=text_of(fields.get("generationSpec")),
        )

    @property
    def is_final(self) -> bool:
        """True when the state will not change any more."""
        return self.state in FINAL_OPEN_DSS_STATES


@dataclass(frozen=True, slots=True)
class OpenDssModelPage:
    """Some of the exports; `total` counts all that match."""

    total: int
    offset: int
    models: tuple[OpenDssModel, ...]

    @classmethod
    def read(cls, value: object) -> "OpenDssModelPage":
        """The page of an answer."""
        fields = fields_of(value)
        models = tuple(OpenDssModel.read(item) for item in items_of(fields.get("models")))
        total = integer_of(fields.get("totalCount"))
        return cls(len(models) if total is None else total, integer_of(fields.get("offset")) or 0, models)
