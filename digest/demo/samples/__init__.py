"""Sample messages in every state: for previews, test mails and the golden files. Invented; nothing is stored."""
