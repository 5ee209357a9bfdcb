# SPDX-License-Identifier: GPL-2.0
"""
Symbols of the fastvdso image for gdb, in programs that map it by libfastvdso or by the preload
library. gdb runs this script when it loads one of these libraries. To run it by hand:

    (gdb) source /usr/lib/fastvdso/fastvdso-gdb.py

Programs under `fastvdso run` do not need it.
"""
import tempfile

import gdb

DEVICE = "/dev/fastvdso"

# gdb runs this script once per library, always in the same namespace.
if not hasattr(gdb, "fastvdso_known"):
    gdb.fastvdso_known = {}
    gdb.fastvdso_copies = []
known = gdb.fastvdso_known
copies = gdb.fastvdso_copies


def is_image(start):
    try:
        return gdb.selected_inferior().read_memory(start, 4).tobytes() == b"\x7fELF"
    except gdb.MemoryError:
        return False


def mapped_images():
    """Return (start, end, file) of each mapped image, in a process or a core dump."""
    areas = []
    for line in gdb.execute("info proc mappings", False, True).splitlines():
        words = line.split()
        if len(words) < 5 or not words[0].startswith("0x"):
            continue
        if words[-1] == DEVICE or words[-1].endswith("/fastvdso.so"):
            areas.append((int(words[0], 16), int(words[1], 16), words[-1]))
    # Exclude the data, right below the code. It is not in core dumps: there gdb reads the file instead.
    starts = [area[0] for area in areas]
    return [area for area in areas if area[1] not in starts and is_image(area[0])]


def add(start, end, path):
    # gdb may have found the image by itself, as the vDSO: look up an address inside the code.
    if "No symbol" in gdb.execute("info symbol %#x" % (start + 0x2000), False, True):
        if path == DEVICE:
            # Not add-symbol-file-from-memory, which cannot read section headers on another page.
            copy = tempfile.NamedTemporaryFile(prefix="fastvdso-", suffix=".so")
            copies.append(copy)
            copy.write(gdb.selected_inferior().read_memory(start, end - start).tobytes())
            copy.flush()
        name = copies[-1].name if path == DEVICE else path
        gdb.execute("add-symbol-file %s -o %#x" % (name, start), False, True)
    # The code is not writable: tell gdb to use hardware breakpoints there.
    if path == DEVICE and gdb.selected_inferior().pid and gdb.selected_inferior().threads():
        gdb.execute("set mem inaccessible-by-default off", False, True)
        gdb.execute("mem %#x %#x ro" % (start, end), False, True)


def look(event=None):
    inferior = gdb.selected_inferior()
    if not inferior.is_valid() or inferior.num in known:
        return
    try:
        images = mapped_images()
        for image in images:
            add(*image)
        if images:
            known[inferior.num] = images
    except gdb.error:
        pass    # Too early while gdb is attaching: look again at the next stop.


def forget(event):
    if known:
        known.clear()
        gdb.execute("mem auto", False, True)


def clean_up(event):
    while copies:
        copies.pop().close()


if not hasattr(gdb, "fastvdso_looks"):
    gdb.fastvdso_looks = True
    gdb.events.stop.connect(look)
    gdb.events.exited.connect(forget)
    if hasattr(gdb.events, "gdb_exiting"):
        gdb.events.gdb_exiting.connect(clean_up)
    look()
