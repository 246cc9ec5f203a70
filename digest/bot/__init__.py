"""The listening side of the Telegram bot: what people tap and write, and what becomes of it."""
