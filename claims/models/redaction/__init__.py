"""Redaction: what the law orders gone is removed from every place (design.md, rule 12). The design of it.

**What is asked.** One person who may redact names words (a line for each form of a name) or, of a file, its SHA-256,
with a reason and the legal ground. Another one confirms: at a desk where only one person may redact, nobody can, and
the page says to let an administrator give a second person that role. Until then nothing is changed, and both see a
dry run: every place where the words stand (dryrun.py). Nobody confirms on a page before all was looked through.

**Where.** Everywhere: kepttexts.py finds each text of each model, the log and the frozen copies among them. Words are
found however they are written (text.Words), and what they were part of stays: "[redacted]" takes their place. In the
text of a snapshot and in quotes, whose places are counted, as many "█" do, so that offsets stay true.

**How.** Confirming is an act of the log; carry_out() follows, at once and, where that breaks off, by the worker. A
portion of records is one transaction: first their live rows are written and every place is named in an act
"redaction.blank", with what stands there now; then the frozen rows are blanked, and the triggers let exactly that pass
(blanking.py). A blanked value loses the salt of its seal and keeps the hash: the chain and all digests still verify,
and nobody can test a guess against the hash; the salts of drafts' digests are replaced for the same reason. What was
blanked without such an act is found: see blanked.py. When a search of everything finds nothing any more, sessions,
caches and mails on disk that hold the words go, and the words themselves leave the redaction: of them stay a hash whose
salt is gone, who, why, when, and how many places.

**Afterwards**, outside any transaction, the database forgets what it still holds in dead rows (cleaning.py).

**What follows.** Lists, search documents and the texts derived from others are written anew. A draft that waits for a
second person falls back where its content changed, with the reason. An undoing brings back only what stands in the
log, and there the words are gone too.

**What stays.** The SHA-256 of a snapshot's old text, as rule 12 says: it has no salt, so somebody who knows all the
other words of that text could test a guess. And whatever left the desk before: dumps, mails, exports."""
