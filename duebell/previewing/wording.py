"""The words of a message that is only shown, and where it would go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duebell.domain.consent import unsubscribe_url
from duebell.domain.decisions import PlannedNotification
from duebell.domain.rules import Channel, SafeMode
from duebell.people.masking import mask
from duebell.previewing.preview import Words
from duebell.wording.diverted import diverted
from duebell.wording.emails import Email
from duebell.wording.rendering import Renderer
from duebell.wording.segments import count_segments, encoding_of, price_drivers

#: What stands in a link for the id of an email that there is not.
_NO_EMAIL = "ntf_preview"


@dataclass(frozen=True, slots=True)
class Outlet:
    """What makes messages of plans: the templates, and the addresses of safe mode.

    ``language`` is read by everybody where it is not empty. Links in emails lead to ``public_url``.
    """

    renderer: Renderer
    safe_mode: SafeMode
    language: str = ""
    public_url: str = ""

    def words_for(self, planned: PlannedNotification, values: Mapping[str, object]) -> Words:
        """The words of a message.

        Raises:
            RenderingFailed: where template and record do not fit together.
        """
        if self.language:
            values = {**values, "languages": (self.language,)}
        template = planned.rule.template
        if planned.channel is Channel.EMAIL:
            email = self._email(planned, values)
            return Words(email.text, subject=email.subject, html=email.html)
        text = self.renderer.render_text(template, **values)
        dear = price_drivers(text)
        return Words(text, count_segments(text), encoding_of(text).value, dear)

    def _email(self, planned: PlannedNotification, values: Mapping[str, object]) -> Email:
        own = planned.contact.address
        is_diverted = self.safe_mode.address_for(planned.channel) not in ("", own)
        is_without = planned.is_staff or is_diverted
        link = "" if is_without else unsubscribe_url(self.public_url, _NO_EMAIL)
        email = self.renderer.render_email(planned.rule.template, **values, unsubscribe_url=link)
        return diverted(email, mask(planned.channel, own)) if is_diverted else email

    def instead_of(self, channel: Channel) -> str:
        """Where messages of a channel go in safe mode, masked; empty where it is off."""
        address = self.safe_mode.address_for(channel)
        return mask(channel, address) if address else ""

    def lacks_address(self, channel: Channel) -> bool:
        """Whether safe mode keeps a message of this channel back, for want of an address."""
        return self.safe_mode.is_on and not self.safe_mode.address_for(channel)
