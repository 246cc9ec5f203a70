"""Mail that comes in: bounces, complaints, auto-replies and unsubscribe mails, from mailboxes and by a listener.

`reading` decides what a mail is (pure); `maildir`, `imap` and `lmtp` fetch or accept mails and ask nothing about them.
"""
