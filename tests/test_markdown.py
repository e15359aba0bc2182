"""Markdown as the desk reads it: by many threads at once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from claims.templatetags.desk import _reader, markdown

TEXT = "# Lamps\n\n*41* [counted](https://gazette.example) <b>"


def test_threads_whose_first_text_comes_at_the_same_moment_read_alike(request):
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-6)
    start, wanted = Barrier(4), markdown(TEXT)

    def read(reader):
        start.wait()
        return reader.render(TEXT)

    with ThreadPoolExecutor(4) as pool:
        for _process in range(300):
            assert set(pool.map(read, [_reader()] * 4)) == {wanted}
