# SPDX-License-Identifier: GPL-2.0-or-later
"""What a command prints for people, whole: on a terminal of some width, and in a pipe.

The expected text of a screen is in screens/NAME.tty (escape characters as "\\e") and
screens/NAME.pipe. VFIO_CLAIM_REWRITE=1 writes both; read the difference before you commit it.
"""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios

from test_machines import BUILD, HERE, REWRITE

FOLDER = HERE / "screens"
LONGEST = 100
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def environment():
    kept = {key: value for key, value in os.environ.items()
            if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    return dict(kept, TERM="xterm", LC_ALL="C.UTF-8", TZ="UTC", ASAN_OPTIONS="detect_leaks=0")


def is_question(data):
    """Does the program wait behind a question?"""
    return data.rpartition(b"\n")[2].endswith((b"? ", b": ", b"] "))


def converse(process, descriptor, typed):
    """All that is shown; each question gets the next line that is typed, and after the last one no more."""
    data, lines = b"", [line.encode() + b"\n" for line in typed]
    end = os.pidfd_open(process.pid)
    while True:
        patience = 0.5 if typed and is_question(data) else None
        ready = select.select([descriptor, end], [], [], patience)[0]
        if descriptor in ready:
            data += os.read(descriptor, 65536)
        elif not ready:
            os.write(descriptor, lines.pop(0) if lines else b"\x04")
        elif not select.select([descriptor], [], [], 0)[0]:  # it has ended, and all that it wrote is here
            os.close(end)
            return data


def on_terminal(command, width=80, typed=()):
    """(exit status, text); standard output and error are one terminal, standard input too if lines are typed.

    Our copy of its side stays open until all is read: where the last one is closed while the other
    side reads, Linux may report the end before what was written last.
    """
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    process = subprocess.Popen(command, stdin=its if typed else subprocess.DEVNULL, stdout=its, stderr=its,
                               env=environment())
    data = converse(process, ours, typed)
    os.close(its)
    os.close(ours)
    return process.wait(timeout=60), data.decode().replace("\r\n", "\n")


def in_pipe(command):
    process = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, env=environment(), timeout=60)
    return process.returncode, process.stdout.decode()


def command(root, *arguments):
    """`vfio-claim ARGUMENTS` on the system below root."""
    return [BUILD / "vfio-claim", *arguments, "--sysroot", root]


def is_narrow(text, most=LONGEST):
    return all(len(ESCAPES.sub("", line)) <= most for line in text.splitlines())


def compare(name, text):
    file = FOLDER / name
    text = text.replace("\x1b", "\\e")
    if REWRITE:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), f"another screen than {file}"


def expect_screen(name, status, words):
    """Both screens of a command are as kept, and it exits with this status."""
    terminal = on_terminal(words)
    pipe = in_pipe(words)
    compare(f"{name}.tty", terminal[1])
    compare(f"{name}.pipe", pipe[1])
    assert terminal[0] == pipe[0] == status
    assert is_narrow(terminal[1], 80) and is_narrow(pipe[1])
    assert "\x1b" not in pipe[1]


def expect_conversation(name, status, words, typed):
    """The screen with what is typed on it is as kept. There is none in a pipe."""
    terminal = on_terminal(words, typed=typed)
    compare(f"{name}.tty", terminal[1])
    assert terminal[0] == status
    assert is_narrow(terminal[1], 80 + len(max(typed, key=len)))
