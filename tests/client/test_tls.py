import ssl
from pathlib import Path

import pytest
import trustme

from hcr.client.tls import trust
from hcr.errors import ConfigError


def authorities(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]


def test_the_system_store_is_the_start():
    context = trust()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_own_file_comes_on_top(tmp_path: Path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    assert authorities(trust(tmp_path / "ca.pem")) == authorities(trust()) + 1


def test_own_folder_gives_all_its_certificates(tmp_path: Path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "one.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "two.CRT")
    (tmp_path / "notes.txt").write_text("not a certificate")
    assert authorities(trust(tmp_path)) == authorities(trust()) + 2


def test_verification_off_asks_nothing():
    context = trust(verify=False)
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


def test_missing_file(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        trust(tmp_path / "none.pem")
    assert "none.pem" in caught.value.what
    assert "ca_filename" in caught.value.remedy


def test_file_that_is_no_certificate(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("hello")
    with pytest.raises(ConfigError, match=r"ca\.pem cannot be read"):
        trust(tmp_path / "ca.pem")


def test_folder_without_certificates(tmp_path: Path):
    with pytest.raises(ConfigError, match="No CA certificate"):
        trust(tmp_path)
