"""How a rendered mail leaves: into files of the outbox, or by SMTP."""

import smtplib
import ssl
import time
import uuid
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

UNSUBSCRIBE = "List-Unsubscribe"


class Mailer(Protocol):
    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        html: str,
        attachments: tuple[tuple[str, str, bytes], ...] = (),
        unsubscribe: str = "",
    ) -> None:
        """Deliver one mail; attachments are (file name, media type, content), ``unsubscribe`` an address. Raises OSError: the job is tried again."""


class WholeAddresses(EmailPolicy):
    """Leaves the header with an address in one line: Python would write what is longer as encoded words, which no mail
    program takes for an address.
    """

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name == UNSUBSCRIBE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode() if name == UNSUBSCRIBE else super().fold_binary(name, value)


def compose(
    sender: str,
    *,
    to: str,
    subject: str,
    text: str,
    html: str,
    attachments: tuple[tuple[str, str, bytes], ...],
    unsubscribe: str = "",
) -> EmailMessage:
    message = EmailMessage(policy=WholeAddresses())
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    if unsubscribe:
        message[UNSUBSCRIBE] = f"<{unsubscribe}>"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    for name, media_type, content in attachments:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


class OutboxMailer:
    """Without a mail server mails are kept as files, newest last by name."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder, self.sender = folder, sender

    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        html: str,
        attachments: tuple[tuple[str, str, bytes], ...] = (),
        unsubscribe: str = "",
    ) -> None:
        message = compose(
            self.sender,
            to=to,
            subject=subject,
            text=text,
            html=html,
            attachments=attachments,
            unsubscribe=unsubscribe,
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.eml"
        partial = self.folder / f".{name}"
        partial.write_bytes(bytes(message))
        partial.rename(self.folder / name)


class SmtpMailer:
    def __init__(self, url: str, sender: str) -> None:
        self.url, self.sender = urlsplit(url), sender

    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        html: str,
        attachments: tuple[tuple[str, str, bytes], ...] = (),
        unsubscribe: str = "",
    ) -> None:
        message = compose(
            self.sender,
            to=to,
            subject=subject,
            text=text,
            html=html,
            attachments=attachments,
            unsubscribe=unsubscribe,
        )
        host, secure = self.url.hostname or "localhost", self.url.scheme == "smtps"
        context = ssl.create_default_context()
        server: smtplib.SMTP = (
            smtplib.SMTP_SSL(host, self.url.port or 465, timeout=20, context=context)
            if secure
            else smtplib.SMTP(host, self.url.port or 25, timeout=20)
        )
        with server:
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            server.send_message(message)
