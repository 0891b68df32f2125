"""Who the service takes us for."""

from dataclasses import dataclass

from hcr.client.wire_values import fields_of, text_of, texts_of


@dataclass(frozen=True, slots=True)
class User:
    """A person or a machine known to the service; `permissions` only of oneself."""

    id: str = ""
    username: str = ""
    email: str = ""
    identity_provider: str = ""
    permissions: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: object) -> "User":
        """The user of an answer."""
        fields = fields_of(value)
        return cls(
            id=text_of(fields.get("id")),
            username=text_of(fields.get("username")),
            email=text_of(fields.get("email")),
            identity_provider=text_of(fields.get("identityProvider")),
            permissions=texts_of(fields.get("permissions")),
        )
