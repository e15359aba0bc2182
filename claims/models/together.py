"""Several verbs as one: all of them happen, or none."""

from contextlib import contextmanager

from claims.models.log import FINISH, one_transaction


@contextmanager
def together():
    """Whatever verbs are done inside are one transaction, an act each.

    The acts are written when the block ends, in their order: the head of the log is still the last lock taken, and
    nobody else waits for it while the verbs work."""
    acts, tokens = [], []

    def hold_back(act):
        acts.append(act)
        tokens.append(act.once)

    finish = FINISH.set(hold_back)
    try:
        with one_transaction(tokens):
            yield
            for act in acts:
                act.close()
    finally:
        FINISH.reset(finish)
