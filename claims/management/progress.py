"""How far a long command is: a bar that is drawn again in its place on a terminal, else now and then a line."""

import time

WIDTH, BETWEEN, BETWEEN_LINES = 40, 0.1, 10  # characters, seconds, seconds


class Progress:
    """Tell at(number) how much of `total` is done; `to` is where it is written, seldom enough not to cost anything."""

    def __init__(self, to, total, what):
        self.to, self.total, self.what = to, total, what
        self.drawn = to.isatty()
        self.start = self.next = time.monotonic()
        self.next += BETWEEN if self.drawn else BETWEEN_LINES

    def at(self, number):
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + (BETWEEN if self.drawn else BETWEEN_LINES)
        share = min(number / self.total, 1) if self.total else 1
        says = f"{number:,} of {self.total:,} {self.what}, {number / (now - self.start):,.0f} a second"
        if self.drawn:
            bar = "█" * round(share * WIDTH)
            self.to.write(f"\r{bar:░<{WIDTH}} {share:4.0%} {says}\x1b[K")
        else:
            self.to.write(f"{share:4.0%} {says}\n")
        self.to.flush()

    def gone(self):
        """Take the bar away, so that what is written next stands on a line of its own."""
        if self.drawn:
            self.to.write("\r\x1b[K")
            self.to.flush()
