import stat
from pathlib import Path

import pytest

from hcr.client.token_cache import delete_cache, read_cache, write_cache
from hcr.errors import ConfigError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_it(tmp_path: Path):
    cache = tmp_path / "deep" / "tokens.json"
    write_cache(cache, "{}")
    assert mode(cache) == 0o600
    assert mode(cache.parent) == 0o700
    assert read_cache(cache) == "{}"


def test_a_cache_that_others_could_read_is_replaced_by_one_they_cannot(tmp_path: Path):
    cache = tmp_path / "tokens.json"
    cache.write_text("{}")
    cache.chmod(0o644)
    write_cache(cache, '{"AccessToken": {}}')
    assert mode(cache) == 0o600
    assert list(tmp_path.iterdir()) == [cache]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"AccessToken": []}', b"\xff\xfe", b"null"])
def test_a_spoilt_cache_counts_as_none(tmp_path: Path, content: bytes):
    cache = tmp_path / "tokens.json"
    cache.write_bytes(content)
    assert read_cache(cache) is None


def test_no_cache(tmp_path: Path):
    assert read_cache(tmp_path / "tokens.json") is None
    delete_cache(tmp_path / "tokens.json")


def test_delete(tmp_path: Path):
    cache = tmp_path / "tokens.json"
    write_cache(cache, "{}")
    delete_cache(cache)
    assert not cache.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError) as caught:
        write_cache(tmp_path / "file" / "tokens.json", "{}")
    assert "tokens.json" in caught.value.what
    assert "HCR_TOKEN" in caught.value.remedy
