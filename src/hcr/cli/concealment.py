"""Takes what should not have been typed out of the command line that other users see."""

from pathlib import Path

_ARGUMENTS_BEGIN, _ARGUMENTS_END = 48, 49
"""Fields of /proc/self/stat, from 1: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""


def conceal(word: str, process: Path = Path("/proc/self")) -> bool:
    """Overwrite a word in this process's command line with asterisks, and return whether that was possible.

    Only Linux keeps the command line where a process can write it. Whoever looked in the first moments has
    seen it, and the history of the shell keeps it.
    """
    secret = word.encode()
    try:
        # The second field, the name of the program, may hold blanks; it ends with the last bracket.
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        begin, end = (int(fields[number - 3]) for number in (_ARGUMENTS_BEGIN, _ARGUMENTS_END))
        with (process / "mem").open("r+b", buffering=0) as memory:
            memory.seek(begin)
            arguments = memory.read(end - begin)
            memory.seek(begin)
            memory.write(arguments.replace(secret, b"*" * len(secret)))
    except (OSError, ValueError, IndexError):
        return False
    return secret in arguments
