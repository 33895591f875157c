"""What every stable code says to a person, in Chinese and in English: the one place, for server and pages."""

import json

from bidding_rules.rejections import RejectionCode as Code

_RULES: dict[Code, tuple[str, str]] = {
    Code.ENGINE_BUSY: (
        "系统繁忙，此次未处理，请再试。",
        "The engine is busy; nothing was decided. Try again.",
    ),
    Code.RATE_LIMITED: (
        "操作太快，此次未处理，请稍候再试。",
        "Too fast; nothing was decided. Try again in a moment.",
    ),
    Code.LOT_UNKNOWN: ("没有这个标的。", "There is no such lot."),
    Code.COMMAND_ID_REUSED: (
        "同一标识已用于其他操作，以第一次的结果为准。",
        "This id was used for something else; the first decision stands.",
    ),
    Code.NOT_AUTHORISED: ("您的岗位不能进行这项操作。", "Your role may not do this."),
    Code.LOT_ALREADY_ANNOUNCED: ("该标的已公告。", "The lot is announced already."),
    Code.LOT_WITHDRAWN: ("标的已撤牌。", "The lot was withdrawn."),
    Code.LOT_CLOSED: (
        "已截止：到达时竞价已经结束。",
        "Too late: bidding had closed when it arrived.",
    ),
    Code.LOT_NOT_OPEN: ("竞价尚未开始。", "Bidding has not begun."),
    Code.LOT_SUSPENDED: (
        "竞价已中止，恢复后才能报价。",
        "Bidding is suspended; bids are taken again once it is resumed.",
    ),
    Code.LOT_NOT_SUSPENDED: ("标的未中止，无需恢复。", "The lot is not suspended."),
    Code.LOT_RESUMING: (
        "尚未到恢复时刻，到点后才能报价。",
        "Bidding goes on at the announced time; bid then.",
    ),
    Code.BLACKLISTED: ("失信限制：不得参加交易。", "Barred from trading for breach of trust."),
    Code.SELLER_MAY_NOT_BID: ("转让方不得参加竞买。", "The seller may not bid."),
    Code.NOT_QUALIFIED: (
        "未取得本标的竞买资格：须先申请并交纳保证金。",
        "Not admitted to this lot: apply and pay the deposit first.",
    ),
    Code.DEPOSIT_NOT_PAID: (
        "保证金尚未确认，确认后才能报价。",
        "The deposit is not confirmed yet; you may bid once it is.",
    ),
    Code.NOT_OFFERED: ("此标的的规则中没有这项操作。", "This lot's terms do not offer this."),
    Code.STOP_WINDOW: (
        "截止前停止报价时段，请等待限时竞价。",
        "No bids shortly before the listing's end; timed bidding follows.",
    ),
    Code.WRONG_PHASE: ("当前阶段不能进行此操作。", "This cannot be done in the present phase."),
    Code.NOT_CONFIRMED: (
        "未确认参加限时竞价，或未在自由报价期报价。",
        "Taking part was not confirmed, or there was no bid in the free phase.",
    ),
    Code.BIDS_NOT_IN_TURN: ("尚未轮到。", "It is another bidder's turn."),
    Code.ALREADY_LEADING: ("领先者不能再加价。", "The leader may not outbid himself."),
    Code.CAP_REACHED: (
        "已达最高限价，不再接受报价。",
        "The cap is reached; price bidding is over.",
    ),
    Code.AMOUNT_OUT_OF_RANGE: ("金额超出允许范围。", "The amount is out of range."),
    Code.BELOW_MINIMUM: ("低于最低可报金额。", "Below the lowest valid bid."),
    Code.ABOVE_CAP: ("高于最高限价。", "Above the cap."),
    Code.OFF_GRID: ("不是加价幅度的整数倍。", "Not a whole number of increments."),
    Code.PRICE_MOVED: (
        "价格已变动，请按新价格重新确认。",
        "The price has moved; confirm at the new price.",
    ),
    Code.DUPLICATE_PRICE: (
        "此价格已有人报出，请另选价格。",
        "Another bidder already has this price; choose another.",
    ),
    Code.ALREADY_SEALED: (
        "密封报价已提交，不能更换。",
        "A sealed bid is in and may not be replaced.",
    ),
    Code.NOT_SEALED: ("没有密封报价。", "There is no sealed bid."),
    Code.SEAL_BROKEN: ("密封报价与封签不符。", "The sealed bid does not match its seal."),
    Code.DRAW_INVALID: ("摇号记录无效。", "The draw is not valid."),
    Code.PROXY_TOO_LOW: (
        "最高授权价不得低于最低可报。",
        "A maximum may not be below the next valid bid.",
    ),
    Code.QUANTITY_OUT_OF_RANGE: ("数量不符合要求。", "The quantity is out of range."),
    Code.TOO_MANY_ORDERS: ("申报笔数超出限制。", "Too many orders."),
    Code.SHARE_LIMIT: ("合计数量超过单个竞买人的上限。", "The orders exceed one bidder's share."),
    Code.GUARANTEE_EXCEEDED: (
        "保证金不足以覆盖申报。",
        "The guarantee does not cover the orders.",
    ),
    Code.NOT_ELIGIBLE: (
        "按活跃度规则，已无此资格。",
        "The activity rule leaves no right to this.",
    ),
    Code.ORDER_UNKNOWN: ("没有这笔申报。", "There is no such order."),
    Code.OWN_ORDER: ("不得自买自卖。", "You may not trade with yourself."),
    Code.NO_PRIORITY_RIGHT: (
        "没有优先购买权，或顺位在后。",
        "No right of first refusal, or a lower one.",
    ),
    Code.NUMBER_TAKEN: ("竞买号已被占用。", "The number is taken."),
    Code.HAMMER_BY_CLOCK: (
        "公告规定由倒计时结束，不能提前落槌。",
        "The notice lets only the clock end this lot.",
    ),
    Code.BID_STANDS: ("已有有效报价，不能这样结束。", "A bid stands; it cannot end this way."),
    Code.CALLS_MISSING: ("提示次数不足，不能落槌。", "The fair warnings are not complete."),
    Code.NOTHING_TO_UNDO: ("没有可以撤销的记录。", "There is nothing to undo."),
    Code.NOTHING_TO_APPROVE: (
        "没有待复核的事项，或情况已变化，请重新申请。",
        "Nothing waits for approval, or something has happened since; ask again.",
    ),
    Code.TOO_SOON: ("间隔太短，请稍候再操作。", "Too soon: wait a moment."),
    Code.SAME_PERSON: (
        "须由登记人以外的人复核。",
        "Another person than the recorder must confirm.",
    ),
}

_SERVER: dict[str, tuple[str, str]] = {
    "answer_unknown": (
        "暂时没有结果，请稍后按编号再查询。",
        "No answer yet; ask again in a moment by its id.",
    ),
    "malformed_message": (
        "消息格式不正确，请刷新页面。",
        "The message could not be read. Reload the page.",
    ),
    "malformed_json": ("请求不是有效的 JSON。", "The request is not valid JSON."),
    "invalid_request": (
        "填写内容不符合要求，请检查后再提交。",
        "Something is not filled in as required. Check and send again.",
    ),
    "unsupported_media_type": (
        "请求须为 application/json。",
        "Send the request as application/json.",
    ),
    "body_too_large": ("内容过长，请缩短后再提交。", "Too long: shorten it and send again."),
    "not_found": ("没有找到。请从标的目录重新进入。", "Nothing here. Start again from the lots."),
    "method_not_allowed": (
        "此地址不支持这种请求。",
        "This address does not support such a request.",
    ),
    "not_signed_in": (
        "请先登录；如已登录，登录已失效。",
        "Sign in first; if you had, you are signed out.",
    ),
    "bad_credentials": ("账号或密码不正确。", "Login or password is wrong."),
    "too_many_attempts": ("尝试次数过多，请稍后再试。", "Too many attempts. Wait a while."),
    "cross_site_request": (
        "请求来源不符，请从本系统页面操作。",
        "The request came from another site. Use this site's pages.",
    ),
    "internal_error": (
        "服务器出错，已记录。请稍后重试。",
        "The server failed; it was recorded. Try again later.",
    ),
    "not_ready": (
        "服务暂不可用，请稍后重试。",
        "The service is not available just now. Try again in a moment.",
    ),
    "too_many_subscriptions": ("同时关注的标的过多。", "Too many lots are watched at once."),
    "too_slow": (
        "网络过慢，连接已断开并将自动恢复。",
        "This connection could not keep up and was ended; it comes back by itself.",
    ),
    "server_stopping": (
        "服务器正在更新，连接将自动恢复。",
        "The server is being renewed; the connection comes back by itself.",
    ),
    "handshake_timeout": (
        "连接后未发送任何请求，已断开。",
        "Nothing was asked on this connection, so it was ended.",
    ),
    "too_many_messages": (
        "请求过于频繁，连接已断开，请稍后再试。",
        "Too many messages; the connection was ended. Try again later.",
    ),
    "too_many_connections": (
        "同时打开的连接过多，请关闭其他页面后再试。",
        "Too many connections are open. Close other pages and try again.",
    ),
    "feed_full": (
        "当前观看人数过多，请稍后再试。",
        "Too many people are watching just now. Try again later.",
    ),
    "message_too_big": (
        "消息过长，连接已断开。",
        "The message was too long; the connection was ended.",
    ),
    "token_not_good": (
        "连接令牌已失效，请刷新页面。",
        "The connection's token has expired. Reload the page.",
    ),
    "deposit_unknown": ("没有这笔保证金。", "There is no such deposit."),
    "deposit_short": ("已到账金额不足应交保证金。", "What was received is less than what is due."),
    "receipt_reused": (
        "该回单编号已用于其他记录。",
        "This receipt id was used for something else.",
    ),
    "checkpoint_unknown": (
        "存证日志没有该大小的签名记录。",
        "The log was not signed at this size.",
    ),
    "decision_unknown": ("没有该编号的记录。", "Nothing was decided under this id."),
    "not_logged_yet": (
        "记录尚未写入存证日志，请几秒后再试。",
        "Not in the log yet. Try again in a few seconds.",
    ),
    "bad_request": ("请求无法识别。", "The request could not be understood."),
    "body_too_slow": (
        "请求内容未及时送达，请检查网络后重试。",
        "The request did not arrive in time. Check the connection and try again.",
    ),
    "host_not_allowed": ("此地址不是本系统的访问地址。", "This is not an address of this site."),
}


def text_of(code: str) -> dict[str, str]:
    """Return `{"zh": ..., "en": ...}` for a stable code."""
    zh, en = _SERVER[code] if code in _SERVER else _RULES[Code(code)]
    return {"zh": zh, "en": en}


def page_module() -> str:
    """Return the module that tells pages the words of every code, under `code.` and its name."""
    words = {f"code.{code}": pair for code, pair in (_RULES | _SERVER).items()}
    return f"export const codes = {json.dumps(words, ensure_ascii=False)};\n"
