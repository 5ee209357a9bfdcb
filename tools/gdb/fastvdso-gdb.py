# SPDX-License-Identifier: GPL-2.0
"""
For gdb: the functions of the image of fastvdso, in programs that map it by libfastvdso or by
the preload library. gdb runs this when it sees one of these; or say

    (gdb) source /usr/lib/fastvdso/fastvdso-gdb.py

Under `fastvdso run` gdb finds them by itself.
"""
import gdb

known = {}


def is_image(start):
    try:
        return gdb.selected_inferior().read_memory(start, 4).tobytes() == b"\x7fELF"
    except gdb.MemoryError:
        return False


def mapped_images():
    """Where images begin, by the files that are mapped; of a process or of a core dump."""
    areas = []
    for line in gdb.execute("info proc mappings", False, True).splitlines():
        words = line.split()
        if len(words) < 5 or not words[0].startswith("0x"):
            continue
        if words[-1] == "/dev/fastvdso" or words[-1].endswith("/fastvdso.so"):
            areas.append((int(words[0], 16), int(words[1], 16)))
    # Data is right below code, and not in core dumps: gdb then takes the file's content for it.
    starts = [start for start, end in areas]
    return [start for start, end in areas if end not in starts and is_image(start)]


def vdso():
    """What gdb takes for the vDSO: that it has read already."""
    for line in gdb.execute("info auxv", False, True).splitlines():
        words = line.split()
        if "AT_SYSINFO_EHDR" in words:
            return int(words[-1], 16)
    return 0


def look(event=None):
    inferior = gdb.selected_inferior()
    if not inferior.is_valid() or inferior.num in known:
        return
    try:
        images = mapped_images()
        for start in images:
            if start != vdso():
                gdb.execute("add-symbol-file-from-memory %#x" % start, False, True)
        if images:
            known[inferior.num] = images
    except gdb.error:
        pass


def forget(event):
    known.clear()


if not hasattr(gdb, "fastvdso_looks"):
    gdb.fastvdso_looks = True
    gdb.events.stop.connect(look)
    gdb.events.exited.connect(forget)
    look()
