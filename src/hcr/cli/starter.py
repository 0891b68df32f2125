"""The files that `init` writes: the examples of the package, and their schemas."""

import json
from importlib.resources import files


def starter_files(host: str | None, port: int) -> dict[str, str]:
    """Return the files of a new config directory, by relative path.

    Parameters
    ----------
    host, port : of a remote service; the embedded one where there is no host.
    """
    from hcr.config.json_schema import json_schema
    from hcr.config.run_configuration_file import FOLDER, RunKind

    found = {"auth_config.json": _auth_config(host, port)}
    examples = files("hcr.config").joinpath("examples")
    for kind in RunKind:
        found[f"{FOLDER}/{kind.value}/example.yaml"] = examples.joinpath(f"{kind.value}.yaml").read_text(
            "utf-8"
        )
        schema = json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"
        found[f"{FOLDER}/schema/{kind.value}.schema.json"] = schema
    if host is None:
        found[f"{FOLDER}/{RunKind.FORECAST.value}/first.yaml"] = examples.joinpath("first.yaml").read_text(
            "utf-8"
        )
    return found


def _auth_config(host: str | None, port: int) -> str:
    server: dict[str, object] = {"protocol": "embedded"}
    if host is not None:
        server = {"protocol": "https", "host": host, "port": port, "verify_certificate": True}
    return json.dumps({"eas_server": server}, indent=2) + "\n"
