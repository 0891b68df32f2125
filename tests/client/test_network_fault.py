import ssl

import httpx

from hcr.client.network_fault import network_fault, tls_error

URL = "https://eas.example.com:7654"


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


def test_certificate_that_nobody_vouches_for():
    cause = ssl.SSLCertVerificationError()
    cause.verify_message = "self-signed certificate"
    fault = network_fault(URL, caused(httpx.ConnectError("x"), caused(OSError(), cause)))
    assert fault.what == f"The certificate of {URL} is not trusted"
    assert fault.why == "self-signed certificate"
    assert "ca_filename" in fault.remedy
    assert fault.exit_code == 5


def test_port_that_speaks_no_tls():
    fault = network_fault(URL, caused(httpx.ConnectError("x"), ssl.SSLError(1, "wrong version number")))
    assert "no TLS connection" in fault.why
    assert "`protocol`" in fault.remedy


def test_time_outs_say_what_was_late():
    assert "not accepted in time" in network_fault(URL, httpx.ConnectTimeout("")).why
    assert "did not come in time" in network_fault(URL, httpx.ReadTimeout("")).why


def test_other_causes_are_told_as_they_are():
    fault = network_fault(URL, httpx.ConnectError("Connection refused"))
    assert (fault.what, fault.why) == (f"No answer from {URL}", "Connection refused")
    assert "host, port" in fault.remedy
    assert network_fault(URL, httpx.ReadError("")).why == "ReadError"
    assert network_fault(URL, httpx.ReadError(""), remedy="Look first.").remedy == "Look first."


def test_tls_error_is_found_below_others_or_not_at_all():
    bottom = ssl.SSLError("x")
    assert tls_error(caused(httpx.ConnectError("x"), caused(OSError(), bottom))) is bottom
    assert tls_error(httpx.ConnectError("x")) is None


def test_a_connection_that_breaks_later_is_no_question_of_settings():
    assert tls_error(caused(httpx.ReadError("x"), ssl.SSLEOFError())) is None
