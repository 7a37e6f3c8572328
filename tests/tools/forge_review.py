"""tests/tools/forge_review.py - the newest commit of the branch of reviews, rewritten.

Usage: forge_review.py REPO KEY|- OPERATION ARGUMENT... [-- ..], operations of forge_repo.py and

  review PATH MEMBER JSON [KEY]   one member of a review, signed again by KEY (else as the commit)"""
import json
import subprocess
import sys

import forge
import forge_repo
import rewrite

REVIEW = "application/vnd.dryproof.review+json"


class Reviewer(forge_repo.Forger):
    def review(self, path, member, value, key=None):
        doc = json.loads(self.payload(path))
        doc[member] = json.loads(value)
        signer = forge.Signer(key, self.signer.work) if key else self.signer
        self.put(path, forge.document(signer.envelope(forge.canonical(doc), REVIEW)))


def swap(repo, a, b):
    """rewrite.py knows the branch main alone."""
    git = ("git", "-C", repo)
    ids = [subprocess.check_output(git + ("rev-parse", "refs/heads/" + n)).decode().strip() for n in (a, b)]
    for name, oid in zip((b, a), ids):
        subprocess.check_call(git + ("update-ref", "refs/heads/" + name, oid))


if __name__ == "__main__":
    rewrite.Rewriter = Reviewer
    swap(sys.argv[1], "main", "reviews")
    rewrite.main()
    swap(sys.argv[1], "main", "reviews")
