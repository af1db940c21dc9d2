# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder of kernel modules below /lib/modules, with the index that the real depmod makes of it.

The modules are ELF objects with the two sections that depmod and libkmod read: .modinfo, and the
names that one exports and another needs.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Module:
    path: str  # below kernel/, without .ko
    aliases: tuple = ()
    needs: tuple = ()  # names of modules
    softdeps: tuple = ()  # as in "pre: NAME"

    @property
    def name(self):
        return self.path.rpartition("/")[2].replace("-", "_")

    def source(self):
        info = [f"name={self.name}", *(f"alias={alias}" for alias in self.aliases),
                *(f"softdep={softdep}" for softdep in self.softdeps),
                "depends=" + ",".join(self.needs)]
        lines = ["static const char symbol[] __attribute__((used, section(\"__ksymtab_strings\"))) ="
                 f" \"of_{self.name}\";", f"const int __ksymtab_of_{self.name} = 1;"]
        lines += [f"static const char i{n}[] __attribute__((used, section(\".modinfo\"))) = \"{one}\";"
                  for n, one in enumerate(info)]
        for need in self.needs:
            lines.append(f"extern int of_{need}; int *uses_{need} = &of_{need};")
        return "\n".join(lines) + "\n"


@lru_cache(None)
def compiled(source):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "module.o")  # an assembler cannot write to a pipe
        subprocess.run(["gcc", "-c", "-fno-pic", "-x", "c", "-o", file, "-"], input=source.encode(),
                       check=True)
        return file.read_bytes()


def write(root, release, modules, builtin=()):
    folder = root / "lib/modules" / release
    for module in modules:
        file = folder / "kernel" / f"{module.path}.ko"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(compiled(module.source()))
    (folder / "modules.order").write_text("")
    (folder / "modules.builtin").write_text("".join(f"kernel/{path}.ko\n" for path in builtin))
    (folder / "modules.builtin.modinfo").write_text("")
    subprocess.run(["depmod", "-b", root, release], check=True)
