"""Which services of this machine serve a config directory at the moment."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from hcr.service.place import Place


@contextmanager
def serving(place: Place) -> Iterator[bool]:
    """Serve a place while the block lasts; False where another service of this machine does so already.

    The kernel ends the lock with its process, however that ends. Where there are no locks, it cannot be told.
    """
    place.home.mkdir(parents=True, exist_ok=True)
    with (place.home / "service.lock").open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError:
            pass
        yield True
