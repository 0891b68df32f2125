"""Tokens from an authority by OAuth2: for a machine, for a person elsewhere, for a name and password.

msal does the protocol. It is slow to import, so it is imported when the first token is asked for.
"""

import logging
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hcr.client.authority_http import AuthorityHttp, authority_endpoint, is_microsoft
from hcr.client.login import DevicePrompt, Login, LoginStatus
from hcr.client.redaction import Redactor
from hcr.client.token_cache import delete_cache, read_cache, write_cache
from hcr.client.transport import TransportOptions
from hcr.errors import AuthError

# msal adds these itself (`openid` is why an account is cached) and refuses them from us.
_RESERVED_SCOPES = frozenset({"openid", "profile", "offline_access"})
_SETTINGS = "Check `authority`, `client_id` and the secrets in auth_config.json."
_LOGIN = "Log in with `hcr DIR auth login`."

# At lower levels msal writes events, and whole answers that it cannot read, into logs.
logging.getLogger("msal").setLevel(logging.CRITICAL)


class _Session:
    """One login at one authority: msal's application and the cache file around it."""

    def __init__(self, login: Login, options: TransportOptions) -> None:
        self.login = login
        self._options = options
        self._redactor = Redactor(login.client_secret, login.password)
        self._tokens: Any = None
        self._application: Any = None

    def __repr__(self) -> str:
        return f"{self.login.method} at {self.login.authority}"

    @property
    def scopes(self) -> list[str]:
        """The scopes to ask for, without those that msal adds."""
        scopes = [scope for scope in self.login.scopes if scope not in _RESERVED_SCOPES]
        if not scopes and is_microsoft(self.login.authority):
            return [f"{self.login.client_id}/.default"]
        return scopes

    def obtain(self, ask: Callable[[Any], object]) -> str:
        """The access token that `ask` gets from the application; AuthError when it gets none."""
        result = self.ask(ask)
        self._keep()
        if not isinstance(result, Mapping) or "access_token" not in result:
            raise self.refusal(result)
        return str(result["access_token"])

    def ask(self, question: Callable[[Any], object]) -> object:
        """What the application answers; what msal raises becomes an AuthError."""
        from msal.exceptions import MsalError

        try:
            return question(self._app())
        except (ValueError, KeyError, TypeError, RuntimeError, MsalError) as error:
            why = self._redactor.text(str(error)) or type(error).__name__
            # Not chained: the original may hold an answer with tokens in it.
            raise AuthError("Logging in failed", why=why, remedy=_SETTINGS) from None

    def silent(self, *, username: str | None = None, fresh: bool = False) -> str | None:
        """A token of the cached account, renewed when it is stale or `fresh` is asked for; or None."""

        def from_cache(application: Any) -> object:
            accounts = application.get_accounts(username=username)
            if not accounts:
                return None
            return application.acquire_token_silent(self.scopes, accounts[0], force_refresh=fresh)

        result = self.ask(from_cache)
        self._keep()
        return str(result["access_token"]) if isinstance(result, Mapping) else None

    def refusal(self, result: object) -> AuthError:
        """The error for an answer that names one."""
        fields = result if isinstance(result, Mapping) else {}
        texts = (str(fields.get(name) or "") for name in ("error", "error_description"))
        why = self._redactor.text(": ".join(text for text in texts if text)) or "it gave no reason"
        return AuthError(f"{self.login.authority} refused the login", why=why, remedy=_SETTINGS)

    def status(self) -> LoginStatus:
        """What the cache tells, without asking the authority."""
        kinds = self._cache().CredentialType
        mine = {"client_id": self.login.client_id}
        tokens = list(self._cache().search(kinds.ACCESS_TOKEN, query=mine))
        refresh = list(self._cache().search(kinds.REFRESH_TOKEN, query=mine))
        owners = {entry.get("home_account_id") for entry in (*tokens, *refresh)}
        accounts = self._cache().search(kinds.ACCOUNT)
        names = sorted(str(a.get("username")) for a in accounts if a.get("home_account_id") in owners)
        if not names and tokens:
            names = [self.login.client_id]
        expiry = max((int(token["expires_on"]) for token in tokens), default=None)
        return LoginStatus(
            account=", ".join(names),
            expires_at=None if expiry is None else datetime.fromtimestamp(expiry, UTC),
            renewable=bool(refresh),
            cache=self.login.cache,
        )

    def forget(self) -> None:
        """Drop all tokens, in memory and on disk."""
        self._tokens = self._application = None
        if self.login.cache is not None:
            delete_cache(self.login.cache)

    def _cache(self) -> Any:
        if self._tokens is None:
            from msal import SerializableTokenCache

            self._tokens = SerializableTokenCache()
            text = read_cache(self.login.cache) if self.login.cache else None
            if text is not None:
                self._tokens.deserialize(text)
        return self._tokens

    def _keep(self) -> None:
        if self.login.cache is not None and self._cache().has_state_changed:
            write_cache(self.login.cache, self._cache().serialize())

    def _app(self) -> Any:
        """msal's application; making it asks the authority for its addresses."""
        if self._application is None:
            import msal

            secret = self.login.client_secret
            kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
            microsoft = is_microsoft(self.login.authority)
            endpoint = authority_endpoint(self.login.authority, self.login.ca)
            where = {"authority" if microsoft else "oidc_authority": _issuer(self.login.authority)}
            self._application = kind(
                self.login.client_id,
                client_credential=secret,
                token_cache=self._cache(),
                http_client=AuthorityHttp(endpoint, self._options, microsoft=microsoft),
                **where,
            )
        return self._application


def _issuer(authority: str) -> str:
    """The address as msal takes it: no slash at the end, and a path even where the issuer has none."""
    address = authority.rstrip("/")
    return address if address.count("/") > len("//") else f"{address}/."


class ClientCredentials:
    """Tokens for a machine, by its client ID and secret."""

    def __init__(self, login: Login, options: TransportOptions) -> None:
        self._session = _Session(login, options)

    def __repr__(self) -> str:
        return f"ClientCredentials({self._session!r})"

    def token(self) -> str:
        """The cached token while it is good, a new one after."""
        return self._session.obtain(lambda app: app.acquire_token_for_client(self._session.scopes))

    def renew(self) -> str:
        """A new token, whatever the cache holds."""
        self._session.ask(lambda app: app.remove_tokens_for_client())
        return self.token()

    def login(self) -> str:
        """The same as renewing: a machine needs no prompt."""
        return self.renew()

    def status(self) -> LoginStatus:
        """What the cache tells."""
        return self._session.status()

    def forget(self) -> None:
        """Drop the cached token."""
        self._session.forget()


class DeviceCode:
    """Tokens for a person who logs in with a browser on any device."""

    def __init__(
        self, login: Login, options: TransportOptions, *, prompt: Callable[[DevicePrompt], None] | None = None
    ) -> None:
        self._session = _Session(login, options)
        self._prompt = prompt

    def __repr__(self) -> str:
        return f"DeviceCode({self._session!r})"

    def token(self) -> str:
        """The token of the person who logged in before; nobody is asked in the middle of a command."""
        token = self._session.silent()
        if token is None:
            raise AuthError(
                "Nobody is logged in", why=f"no token for {self._session.login.authority}", remedy=_LOGIN
            )
        return token

    def renew(self) -> str | None:
        """A new token by the refresh token, or None when the person must log in again."""
        return self._session.silent(fresh=True)

    def login(self) -> str:
        """The token after the person has done what the prompt says; waits for it."""
        flow = self._session.ask(lambda app: app.initiate_device_flow(scopes=self._session.scopes))
        if not isinstance(flow, dict) or "user_code" not in flow:
            raise self._session.refusal(flow)
        prompt = self._session.ask(lambda _: _device_prompt(flow))
        if self._prompt is not None and isinstance(prompt, DevicePrompt):
            self._prompt(prompt)
        return self._session.obtain(lambda app: app.acquire_token_by_device_flow(flow))

    def status(self) -> LoginStatus:
        """What the cache tells."""
        return self._session.status()

    def forget(self) -> None:
        """Drop the cached tokens."""
        self._session.forget()


def _device_prompt(flow: Mapping[str, Any]) -> DevicePrompt:
    url, code = str(flow["verification_uri"]), str(flow["user_code"])
    message = str(flow.get("message") or f"Open {url} in a browser and enter the code {code}.")
    return DevicePrompt(url, code, message, expires_in_s=int(flow["expires_in"]))


class UsernamePassword:
    """Tokens for a name and password; many authorities no longer allow it."""

    def __init__(self, login: Login, options: TransportOptions) -> None:
        self._session = _Session(login, options)

    def __repr__(self) -> str:
        return f"UsernamePassword({self._session!r})"

    def token(self) -> str:
        """The cached token of this user, or a new one."""
        return self._session.silent(username=self._session.login.username) or self.login()

    def renew(self) -> str:
        """A new token, by the refresh token or else by the password."""
        return self._session.silent(username=self._session.login.username, fresh=True) or self.login()

    def login(self) -> str:
        """A new token by the password."""
        return self._session.obtain(self._by_password)

    def status(self) -> LoginStatus:
        """What the cache tells."""
        return self._session.status()

    def forget(self) -> None:
        """Drop the cached tokens."""
        self._session.forget()

    def _by_password(self, application: Any) -> object:
        login = self._session.login
        with warnings.catch_warnings():
            # msal discourages passwords for public clients; whoever configured one has no choice.
            warnings.simplefilter("ignore", DeprecationWarning)
            return application.acquire_token_by_username_password(
                login.username or "", login.password or "", self._session.scopes
            )
