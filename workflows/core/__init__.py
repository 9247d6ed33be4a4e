"""The pure core: `decide`, `evolve`, `pending`. No clock, randomness, I/O, logging or asyncio."""
