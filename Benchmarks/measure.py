"""Measures a built flashctl from outside: start-up, flashing throughput, processor time, memory.

Every figure is the kernel's: wall clock around posix_spawn and wait, processor time from wait4, peak resident memory from
the process's own VmHWM (ru_maxrss would include the memory of whoever spawned it). Each flashing run stands beside a plain
copy of the same data by the same way, because a figure alone says more about the machine than about the program.
"""

import argparse
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

QUIET = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
LAYOUT = 'mmc {\n\tname = "internal";\n}\n'

# A plain copy over loopback: what sending the data costs when nothing else is done.
RECEIVER = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
connection, _ = server.accept()
buffer = bytearray(1 << 20)
while connection.recv_into(buffer): pass
connection.sendall(b"done")
"""
SENDER = """
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
buffer = bytearray(1 << 20)
with open(sys.argv[2], "rb", buffering=0) as file:
    while count := file.readinto(buffer): connection.sendall(memoryview(buffer)[:count])
connection.shutdown(socket.SHUT_WR)
connection.recv(4)
"""


class Run:
    """One finished process: seconds of wall clock, seconds of processor time, peak resident bytes."""

    def __init__(self, wall, processor, resident):
        self.wall, self.processor, self.resident = wall, processor, resident


def start(arguments):
    return os.posix_spawn(arguments[0], arguments, os.environ, file_actions=QUIET)


def peak_of(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def measured(arguments):
    """Runs a program to its end, looking at its memory a hundred times a second."""
    begin = time.perf_counter()
    pid = start(arguments)
    resident = 0
    while True:
        resident = max(resident, peak_of(pid))
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        time.sleep(0.01)
    wall = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"bench: {' '.join(arguments)} ended with {code}")
    return Run(wall, usage.ru_utime + usage.ru_stime, resident)


def median_run(arguments, repeat, before=lambda: None):
    runs = []
    for _ in range(repeat):
        before()
        runs.append(measured(arguments))
    return Run(
        statistics.median(run.wall for run in runs), statistics.median(run.processor for run in runs),
        max(run.resident for run in runs))


def start_up(arguments, count=300):
    """Median milliseconds from posix_spawn to the end."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        _, status = os.waitpid(start(arguments), 0)
        times.append((time.perf_counter() - begin) * 1000)
        if status:
            sys.exit(f"bench: {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return statistics.median(times)


class Table:
    def __init__(self, size):
        self.gib = size / (1 << 30)
        self.size = size
        print(f"{'':44}{'MB/s':>9}{'of copy':>9}{'CPU s/GiB':>11}{'beyond copy':>13}{'peak MB':>9}")

    def row(self, name, run, copy=None):
        rate = self.size / run.wall / 1e6
        processor = run.processor / self.gib
        cells = f"{name:44}{rate:9.0f}"
        if copy:
            cells += f"{copy.wall / run.wall * 100:8.0f}%{processor:11.2f}{processor - copy.processor / self.gib:+13.2f}"
        else:
            cells += f"{'':9}{processor:11.2f}{'':13}"
        print(cells + f"{run.resident / 1e6:9.1f}")


def make_image(path, mebibytes):
    """Bytes that no file system or link can make shorter: 16 MiB of noise, again and again."""
    noise = path + ".noise"
    subprocess.run(["dd", "if=/dev/urandom", f"of={noise}", "bs=1M", "count=16", "status=none"], check=True)
    with open(path, "wb") as image:
        for _ in range(max(1, mebibytes // 16)):
            subprocess.run(["cat", noise], stdout=image, check=True)
    os.remove(noise)
    return os.path.getsize(path)


class Server:
    """A helper that says on its first line where it listens."""

    def __init__(self, arguments):
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.first_line = self.process.stdout.readline().split()
        if not self.first_line:
            sys.exit(f"bench: {' '.join(arguments)} did not start")

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait()


def over_loopback(image, repeat):
    runs = []
    for _ in range(repeat):
        server = Server([sys.executable, "-c", RECEIVER])
        runs.append(measured([sys.executable, "-c", SENDER, server.first_line[0], image]))
        server.end()
    return Run(statistics.median(r.wall for r in runs), statistics.median(r.processor for r in runs), runs[0].resident)


def flashing(flashctl, image, layout, folder, repeat, size):
    table = Table(size)
    storage = os.path.join(folder, "storage")
    copy = os.path.join(folder, "copy.img")

    def fresh():
        shutil.rmtree(storage, ignore_errors=True)

    def flash(device):
        return [flashctl, "flash", f"mmc={image}", "--layout", layout, "--quiet", "--device", device]

    through_memory = median_run([shutil.which("dd"), f"if={image}", "of=/dev/null", "bs=1M"], repeat)
    table.row("dd, into nothing", through_memory)
    table.row("flashctl flash, sim:rx51, keeping nothing", median_run(flash("sim:rx51"), repeat), through_memory)

    to_file = median_run(
        [shutil.which("dd"), f"if={image}", f"of={copy}", "bs=1M"], repeat,
        before=lambda: os.path.exists(copy) and os.remove(copy))
    os.remove(copy)
    table.row("dd, into a file", to_file)
    table.row(
        "flashctl flash, sim:rx51,storage=…",
        median_run(flash(f"sim:rx51,storage={storage}"), repeat, before=fresh), to_file)
    fresh()

    loopback = over_loopback(image, repeat)
    table.row("plain copy over TCP loopback (sender)", loopback)
    server = Server([flashctl, "simulate", "rx51", "--tcp", "127.0.0.1:0"])
    table.row("flashctl flash, tcp:… (host process)", median_run(flash(f"tcp:{server.first_line[2]}"), repeat), loopback)
    server.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flashctl")
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()

    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "unknown")
    print(f"{model}, {os.cpu_count()} cores, Linux {platform.release()}")
    print(f"{options.flashctl}, {os.path.getsize(options.flashctl) / 1e6:.1f} MB")

    print("\nStart-up (median of 300, posix_spawn to exit)")
    baseline = start_up(["/bin/true"])
    version = start_up([options.flashctl, "--version"])
    print(f"{'/bin/true':44}{baseline:9.2f} ms")
    print(f"{'flashctl --version':44}{version:9.2f} ms{version / baseline:8.1f} times /bin/true")

    with tempfile.TemporaryDirectory(prefix="flashctl-bench.") as folder:
        image, layout = os.path.join(folder, "emmc.img"), os.path.join(folder, "layout.txt")
        with open(layout, "w") as file:
            file.write(LAYOUT)
        size = make_image(image, options.mebibytes)
        print(f"\nFlashing {size / (1 << 20):.0f} MiB (median of {options.repeat})")
        flashing(options.flashctl, image, layout, folder, options.repeat, size)


if __name__ == "__main__":
    main()
