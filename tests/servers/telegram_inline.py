"""What Telegram checks of an answer to an inline query."""

from typing import Any

from tests.servers.telegram import Answer, Refused, read_message

MOST_RESULTS = 50
ID_LIMIT, OFFSET_LIMIT = 64, 64  # bytes
START_PARAMETER_LIMIT = 64


def check_results(results: list[dict[str, Any]], next_offset: str) -> None:
    """Check results as Telegram does. Raises Refused."""
    ids = [each.get("id", "") for each in results]
    if len(results) > MOST_RESULTS:
        raise Refused(Answer(400, "Bad Request: RESULTS_TOO_MUCH"))
    if not all(1 <= len(each.encode()) <= ID_LIMIT for each in ids):
        raise Refused(Answer(400, "Bad Request: RESULT_ID_INVALID"))
    if len(set(ids)) < len(ids):
        raise Refused(Answer(400, "Bad Request: RESULT_ID_DUPLICATE"))
    if len(next_offset.encode()) > OFFSET_LIMIT:
        raise Refused(Answer(400, "Bad Request: NEXT_OFFSET_INVALID"))
    for each in results:
        if each.get("type") != "article" or not each.get("title"):
            raise Refused(Answer(400, "Bad Request: RESULT_TYPE_INVALID"))
        content = each["input_message_content"]
        read_message({"chat_id": "1", "text": content["message_text"], "parse_mode": content["parse_mode"]}, 1)
