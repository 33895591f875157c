"""What every stable code says to a person, in Chinese and in English."""

from bidding_rules.rejections import RejectionCode as Code

_RULES: dict[Code, tuple[str, str]] = {
    Code.ENGINE_BUSY: ("系统繁忙，请稍后重试", "The system is busy; try again in a moment"),
    Code.RATE_LIMITED: (
        "操作过于频繁，请稍后重试",
        "Too many bids a second; slow down and try again",
    ),
    Code.LOT_UNKNOWN: ("没有该标的", "There is no such lot"),
    Code.COMMAND_ID_REUSED: (
        "该编号已用于其他请求",
        "This id was used for something else; choose a new one",
    ),
    Code.NOT_AUTHORISED: ("无权进行此操作", "Your role may not do this"),
    Code.LOT_ALREADY_ANNOUNCED: ("该标的已公告", "The lot is already announced"),
    Code.LOT_WITHDRAWN: ("标的已撤牌", "The lot was withdrawn"),
    Code.LOT_CLOSED: ("竞价已截止", "Bidding has closed"),
    Code.LOT_NOT_OPEN: ("竞价尚未开始", "Bidding has not begun"),
    Code.LOT_SUSPENDED: ("标的已中止，暂停报价", "The lot is suspended; bids are not taken"),
    Code.LOT_NOT_SUSPENDED: ("标的未处于中止状态", "The lot is not suspended"),
    Code.LOT_RESUMING: ("已公告恢复，届时方可报价", "Bidding goes on at the announced time"),
    Code.BLACKLISTED: ("主体被限制交易", "This subject is barred from trading"),
    Code.SELLER_MAY_NOT_BID: ("委托人不得参与竞买", "The seller may not bid"),
    Code.NOT_QUALIFIED: ("尚未报名，请先报名", "You have not applied for this lot; apply first"),
    Code.DEPOSIT_NOT_PAID: ("保证金未到账确认", "Your deposit is not confirmed yet"),
    Code.NOT_OFFERED: ("本标的不提供该方式", "This lot does not offer that"),
    Code.STOP_WINDOW: (
        "临近截止，停止报价，请等待限时竞价",
        "Quotes have stopped; wait for the limited phase",
    ),
    Code.WRONG_PHASE: ("当前阶段不能进行此操作", "This cannot be done in the present phase"),
    Code.NOT_CONFIRMED: (
        "未确认参加限时竞价",
        "You did not confirm taking part in the limited phase",
    ),
    Code.BIDS_NOT_IN_TURN: ("尚未轮到您报价", "It is not your turn"),
    Code.ALREADY_LEADING: ("您当前领先，无需加价", "You are already leading"),
    Code.CAP_REACHED: ("已达最高限价", "The cap is reached"),
    Code.AMOUNT_OUT_OF_RANGE: ("金额超出允许范围", "The amount is out of range"),
    Code.BELOW_MINIMUM: ("低于最低有效报价", "Below the next valid bid"),
    Code.ABOVE_CAP: ("高于最高限价", "Above the cap"),
    Code.OFF_GRID: ("不是加价幅度的整数倍", "Not a whole number of increments"),
    Code.PRICE_MOVED: ("价格已变动，请按新价格报价", "The price has moved; bid at the new one"),
    Code.DUPLICATE_PRICE: (
        "该价格已有人报出，请更换",
        "Somebody already has this price; choose another",
    ),
    Code.ALREADY_SEALED: (
        "密封报价已提交，不可更改",
        "Your sealed bid is in and cannot be replaced",
    ),
    Code.NOT_SEALED: ("没有可操作的密封报价", "There is no sealed bid to act on"),
    Code.SEAL_BROKEN: ("密封报价与承诺不符", "What was opened does not match the seal"),
    Code.DRAW_INVALID: ("抽签数据无效", "The draw's data are not valid"),
    Code.PROXY_TOO_LOW: ("委托最高价低于最低有效报价", "The maximum is below the next valid bid"),
    Code.QUANTITY_OUT_OF_RANGE: ("数量不符合要求", "The quantity is out of range"),
    Code.TOO_MANY_ORDERS: ("申报笔数超出上限", "You have placed as many orders as allowed"),
    Code.SHARE_LIMIT: ("超出单个竞买人份额上限", "Above the share that one bidder may take"),
    Code.GUARANTEE_EXCEEDED: ("超出保证金覆盖范围", "More than your guarantee covers"),
    Code.NOT_ELIGIBLE: ("活跃度不足，无资格", "The activity rule leaves you no right to this"),
    Code.ORDER_UNKNOWN: ("没有该委托", "There is no such order"),
    Code.NO_PRIORITY_RIGHT: (
        "没有优先购买权或顺位在后",
        "No right of first refusal, or one of a lower rank",
    ),
    Code.NUMBER_TAKEN: ("该竞买号已被使用", "Another bidder holds this number"),
    Code.HAMMER_BY_CLOCK: ("本标的只能由计时结束", "Only the clock may end this lot"),
    Code.BID_STANDS: ("已有有效报价，不能如此处理", "A bid stands; this cannot be done"),
    Code.CALLS_MISSING: ("须先完成规定次数的报价提示", "Give the fair warnings first"),
    Code.NOTHING_TO_UNDO: ("没有可撤销的操作", "There is nothing to undo"),
    Code.TOO_SOON: ("操作过早，请稍候", "Too soon; wait a moment"),
    Code.SAME_PERSON: ("登记人与复核人不能为同一人", "Who recorded it may not confirm it"),
}

_SERVER: dict[str, tuple[str, str]] = {
    "answer_unknown": ("暂未得到结果，请按编号查询", "No answer yet; ask for it by its id"),
    "malformed_message": ("消息格式不正确", "The message cannot be read"),
    "malformed_json": ("不是有效的 JSON", "This is not valid JSON"),
    "invalid_request": ("请求内容不符合要求", "The request does not have the required form"),
    "unsupported_media_type": ("请使用 application/json", "Send application/json"),
    "body_too_large": ("请求内容过大", "The request is too large"),
    "not_found": ("页面或资源不存在", "There is nothing here"),
    "method_not_allowed": ("不支持该方法", "This method is not supported here"),
    "not_signed_in": ("请先登录", "Sign in first"),
    "bad_credentials": ("账号或密码不正确", "Account or password is wrong"),
    "too_many_attempts": ("尝试次数过多，请稍后再试", "Too many attempts; try again later"),
    "cross_site_request": ("拒绝跨站请求", "Requests from other sites are refused"),
    "internal_error": ("服务器内部错误", "The server failed; it was recorded"),
    "not_ready": ("服务尚未就绪", "The service is not ready"),
    "too_many_subscriptions": ("关注的标的过多", "Too many lots watched on one connection"),
    "token_not_good": ("连接令牌无效", "The connection token is not valid"),
    "deposit_unknown": ("没有该保证金记录", "There is no such deposit"),
    "deposit_short": ("到账金额不足", "Less was received than is due"),
    "receipt_reused": ("该到账编号已用于其他记录", "This receipt id was used for something else"),
    "bad_request": ("请求无法识别", "The request cannot be understood"),
}


def text_of(code: str) -> dict[str, str]:
    """Return `{"zh": ..., "en": ...}` for a stable code."""
    zh, en = _SERVER[code] if code in _SERVER else _RULES[Code(code)]
    return {"zh": zh, "en": en}
