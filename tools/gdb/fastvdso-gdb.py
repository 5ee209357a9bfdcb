# SPDX-License-Identifier: GPL-2.0
"""
For gdb: the functions of the image of fastvdso, in programs that map it by libfastvdso or by
the preload library. gdb runs this when it sees one of these; or say

    (gdb) source /usr/lib/fastvdso/fastvdso-gdb.py

Under `fastvdso run` gdb finds them by itself.
"""
import tempfile

import gdb

DEVICE = "/dev/fastvdso"

# gdb runs this once for each of the libraries, in the same place.
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
    """Images, by the files that are mapped: start, end, file; of a process or of a core dump."""
    areas = []
    for line in gdb.execute("info proc mappings", False, True).splitlines():
        words = line.split()
        if len(words) < 5 or not words[0].startswith("0x"):
            continue
        if words[-1] == DEVICE or words[-1].endswith("/fastvdso.so"):
            areas.append((int(words[0], 16), int(words[1], 16), words[-1]))
    # Data is right below code, and not in core dumps: gdb then takes the file's content for it.
    starts = [area[0] for area in areas]
    return [area for area in areas if area[1] not in starts and is_image(area[0])]


def add(start, end, path):
    # Somewhere in the code: gdb may have found the image by itself, as the vDSO.
    if "No symbol" in gdb.execute("info symbol %#x" % (start + 0x2000), False, True):
        if path == DEVICE:
            # Not add-symbol-file-from-memory: it does not see section headers on another page.
            copy = tempfile.NamedTemporaryFile(prefix="fastvdso-", suffix=".so")
            copies.append(copy)
            copy.write(gdb.selected_inferior().read_memory(start, end - start).tobytes())
            copy.flush()
        name = copies[-1].name if path == DEVICE else path
        gdb.execute("add-symbol-file %s -o %#x" % (name, start), False, True)
    # Where no breakpoint can be written gdb takes the CPU's, if it knows.
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
        pass    # While gdb attaches it is too early; the next stop comes.


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
