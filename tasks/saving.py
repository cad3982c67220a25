"""Saving blocks, where several processes may start at once."""

from __future__ import annotations

import asyncio

from prefect.blocks.core import Block
from prefect.exceptions import ObjectAlreadyExists

BLOCK_NAME = "duebell"
SAVE_PAUSES_SECONDS = (0.1, 0.3, 1.0)


async def save_block(block: Block) -> None:
    """Save a block; again where another process that starts as well was faster with its type."""
    for pause in SAVE_PAUSES_SECONDS:
        try:
            await block.asave(BLOCK_NAME, overwrite=True)
        except ObjectAlreadyExists:
            await asyncio.sleep(pause)
        else:
            return
    await block.asave(BLOCK_NAME, overwrite=True)
