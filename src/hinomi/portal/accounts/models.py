"""A person, the one-time links that sign a person in, and the passkeys of a person's devices."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from hinomi.portal.access.time import now


class UserManager(BaseUserManager["User"]):
    """Makes people. There are no passwords: a person proves the mailbox."""

    def create_user(self, *, email: str, name: str = "", is_active: bool = True) -> User:
        """One person; the address is stored in lower case, as sign-in compares it."""
        user = self.model(email=email.strip().lower(), name=name, is_active=is_active)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may do comes from memberships only, never from flags here."""

    email = models.EmailField("メールアドレス", max_length=254, unique=True)
    name = models.CharField("お名前", max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ignoring_case")]

    def __str__(self) -> str:
        return self.email

    @property
    def shown_name(self) -> str:
        """The name for screens; the part before the @ when none was given."""
        return self.name or self.email.partition("@")[0]


class SignInLink(models.Model):
    """A link that signs in once. Only its hash is stored; opening it uses nothing, confirming does
    (on the tower's own machine opening is enough, decision 0013).

    `counts_fully` marks links of rehearsal folders, which stand in for the second factor too.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    counts_fully = models.BooleanField(default=False)


class Passkey(models.Model):
    """A key in a person's device that signs in after finger, face or the device's own PIN.

    `credential` is the authenticator's model, the key's id and its public half, as WebAuthn writes
    them; nothing in this row is a secret. `user_handle` is what the device calls the person:
    random, and the same for all passkeys of one person.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField("名前", max_length=40)
    credential_sha256 = models.CharField(max_length=64, unique=True)
    credential = models.BinaryField()
    user_handle = models.BinaryField(max_length=64)
    sign_count = models.BigIntegerField(default=0)
    # False: it was added with nothing but the mailbox proved, so it proves no more than that.
    counts_fully = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="passkey_name_once_per_person")
        ]

    def __str__(self) -> str:
        return self.name
