"""The words that every party shares: what is declared, asked, recorded, owed, sent and shown."""
