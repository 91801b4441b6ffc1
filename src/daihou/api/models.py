"""What programs were answered, so that a request sent twice is one act."""

from __future__ import annotations

from django.db import models


class Answer(models.Model):
    """The answer to a write, by the account that asked and the key it gave; written in the transaction of the act.

    ``digest``: of method, address and content (SHA-256, hex). ``body``: the JSON that was sent back.
    """

    account = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "key"), name="one_answer_to_a_key"),)

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
