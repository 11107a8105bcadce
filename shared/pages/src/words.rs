//! Every text that the pages say, in every language, side by side.
//!
//! Invariant: a text exists in all languages or the crate does not compile: the table takes both
//! or neither, and sentences with a number or a name match on [`Locale`] exhaustively.
//!
//! Not here: texts of the catalogue (`souk_catalogue::Text`), names of countries (`souk_domain::countries`).

use souk_domain::Locale;

macro_rules! words {
    ($($name:ident: $en:literal / $zh:literal;)*) => {
        /// The texts in one language.
        #[derive(Debug)]
        pub struct Words {
            locale: Locale,
            $(#[doc = $en] pub $name: &'static str,)*
        }

        static EN: Words = Words { locale: Locale::En, $($name: $en,)* };
        static ZH: Words = Words { locale: Locale::Zh, $($name: $zh,)* };

        #[cfg(test)]
        const TABLE: &[(&str, &str, &str)] = &[$((stringify!($name), $en, $zh),)*];
    };
}

words! {
    // The frame of every page.
    skip: "Skip to content" / "跳到正文";
    cart: "Cart" / "购物车";
    home: "Home" / "首页";
    collections: "Collections" / "商品分类";
    everything: "Everything" / "全部商品";
    breadcrumbs: "You are here" / "当前位置";
    developers: "Developers" / "开发者";
    shop: "Shop" / "选购";
    more: "More" / "更多";
    footer_line: "An open market, day and night." / "一座昼夜不打烊的市集。";

    // Home.
    tagline: "come in, have a look around" / "进来逛逛，总有一件合心意";
    hero_title: "Come in, have a look around." / "进来逛逛，总有一件合心意。";
    hero_text:
        "Every stall in one place. Standard delivery is free, and you need no account to buy." /
        "各色好物，一站逛齐。标准配送免运费，无需注册即可下单。";
    browse_everything: "Browse everything" / "浏览全部商品";
    by_collection: "Walk the stalls" / "分类逛逛";
    see_all: "See all" / "查看全部";
    promises: "What you can count on" / "我们的承诺";
    promise_delivery: "Free standard delivery" / "标准配送免运费";
    promise_delivery_text: "In a hurry? Choose express at checkout." / "着急收货？结账时可选加急配送。";
    promise_payment: "Pay the way you like" / "付款方式随您选";
    promise_payment_text: "To the courier, or by bank transfer." / "货到付款，或银行转账。";
    promise_stock: "Confirmed means yours" / "确认即有货";
    promise_stock_text: "We set your items aside before we say yes." / "先为您留好商品，再确认订单。";

    // Cards and prices.
    sold_out: "Sold out" / "已售罄";
    sale: "Sale" / "特惠";
    was: "Was" / "原价";
    now: "Now" / "现价";
    in_stock: "In stock" / "现货";
    made_to_order: "Made to order" / "可预订";
    made_to_order_text:
        "If it is not on the shelf, we make or order it for you." /
        "如暂无现货，我们会为您制作或调货。";

    // A collection.
    sort: "Sort by" / "排序";
    sort_featured: "Featured" / "推荐";
    sort_price_up: "Price, low to high" / "价格从低到高";
    sort_price_down: "Price, high to low" / "价格从高到低";
    sort_title: "Name" / "名称";
    pages: "Pages" / "分页";
    previous: "Previous" / "上一页";
    next: "Next" / "下一页";
    filter: "Filter" / "筛选";
    facet_type: "Kind" / "类型";
    facet_vendor: "Maker" / "品牌";
    facet_tag: "Tags" / "标签";
    price: "Price" / "价格";
    price_from: "From" / "最低";
    price_to: "To" / "最高";
    show_matches: "Show products" / "查看商品";
    clear_filters: "Clear all" / "清除全部";
    chosen_filters: "Chosen filters" / "已选条件";
    no_matches: "Nothing here is all of that at once. Take a filter away." /
        "没有符合全部条件的商品，请减少筛选条件。";
    no_products: "This stall is empty for now." / "这里暂时没有商品。";

    // A product.
    gallery: "Pictures" / "商品图片";
    quantity: "Quantity" / "数量";
    add_to_cart: "Add to cart" / "加入购物车";
    about: "About this item" / "商品详情";
    related: "You may also like" / "您可能还喜欢";
    variant: "Version" / "款式";
    choose: "Show" / "查看";
    not_combined: "not available in this combination" / "此组合不可选";
    colon: ": " / "：";
    sku: "SKU" / "商品编号";
    barcode: "Barcode" / "条形码";
    free_delivery: "Free standard delivery" / "标准配送免运费";
    pay_later: "Pay on delivery or by bank transfer" / "支持货到付款和银行转账";

    // The cart.
    cart_empty: "Your cart is empty." / "购物车还是空的。";
    cart_empty_text: "Good things are waiting just around the corner." / "去逛逛，好物正等着您。";
    update: "Update" / "更新";
    remove: "Remove" / "移除";
    gone: "No longer sold" / "已下架";
    gone_line: "No longer sold. Remove it to check out." / "已下架，请移除后再结账。";
    line_held:
        "The last ones are set aside for your order that waits for payment." /
        "最后几件已为您等待付款的订单保留。";
    cart_full: "Your cart is full" / "购物车已满";
    cart_full_text:
        "It holds 100 different items. Order what is in it first, or remove something." /
        "购物车最多放 100 种商品，请先下单或移除部分商品。";
    order_waits: "You have an order that waits for payment" / "您有一笔订单等待付款";
    order_waits_text: "Its items are set aside for you." / "商品已为您保留。";
    order_was_placed: "Your order has been placed" / "您的订单已提交";
    order_was_placed_text: "You find everything about it on its own page." / "订单详情请查看订单页面。";
    to_order: "Go to the order" / "查看订单";
    line_sold_out: "Sold out for now. Remove it to check out." / "暂时售罄，请移除后再结账。";
    summary: "Order summary" / "订单摘要";
    subtotal: "Subtotal" / "商品小计";
    delivery_next: "Standard delivery is free; express can be chosen next." /
        "标准配送免运费，下一步可选加急配送。";
    to_checkout: "Check out" / "去结账";
    keep_shopping: "Keep shopping" / "继续逛逛";

    // The checkout.
    checkout: "Checkout" / "结账";
    steps: "Progress" / "下单进度";
    step_details: "Details" / "填写信息";
    step_done: "Done" / "完成";
    required_note: "Fields marked with * are required." / "带 * 的为必填项。";
    errors_title: "Please check the following" / "请检查以下内容";
    error_prefix: "Error" / "有误";
    error_country: "Choose a country or region" / "请选择国家或地区";
    error_choice: "Choose one of the options" / "请选择其中一项";
    error_email: "Enter an e-mail address such as name@example.com" /
        "请填写有效的电子邮箱，例如 name@example.com";
    contact: "Contact" / "联系方式";
    name: "Full name" / "收货人姓名";
    email: "E-mail" / "电子邮箱";
    email_hint: "For news about this order, nothing else." / "仅用于发送本订单的消息。";
    address: "Delivery address" / "收货地址";
    country: "Country or region" / "国家或地区";
    country_choose: "Choose…" / "请选择";
    countries_common: "Common" / "常用";
    countries_all: "All" / "全部";
    region: "State or province" / "省 / 州";
    city: "City" / "城市";
    postal_code: "Postal code" / "邮政编码";
    line1: "Street and number" / "详细地址";
    line1_hint: "For example: 14 Orchard Lane" / "例如：建国路 88 号 3 单元";
    line2: "Flat, floor, company" / "楼层、门牌、公司";
    optional: "optional" / "选填";
    delivery: "Delivery" / "配送方式";
    delivery_standard: "Standard" / "标准配送";
    delivery_express: "Express" / "加急配送";
    free: "Free" / "免费";
    payment: "Payment" / "付款方式";
    payment_on_delivery: "On delivery" / "货到付款";
    payment_on_delivery_text: "Cash or card, to the courier." / "收货时向配送员支付现金或刷卡。";
    payment_transfer: "Bank transfer" / "银行转账";
    payment_transfer_text: "We hold your items until the money arrives." /
        "款项到账前，我们会为您保留商品。";
    note: "Note to the shop" / "给店家的留言";
    shipping: "Delivery" / "运费";
    total: "Total" / "合计";
    place_order: "Place order" / "提交订单";
    place_order_text:
        "Your items are set aside the moment the order is placed. Cards are charged only after that." /
        "提交订单后，商品立即为您保留；银行卡在此之后才会扣款。";
    notice_title: "Your order has not been placed yet" / "订单尚未提交成功";
    notice_unknown_title: "We are not sure yet" / "暂时无法确认结果";
    notice_unknown:
        "We could not hear back from the till. Please send the form again: you will not get two orders." /
        "收银台暂时没有回应。请再次提交本页，不会重复下单。";
    notice_busy:
        "Very many people are ordering at this moment. Nothing you typed is lost: please send the form again in a few seconds." /
        "当前下单人数非常多。您填写的内容都已保留，请几秒后再次提交。";
    notice_cart_changed:
        "Your cart has changed since you opened this form. Please check the items and the total, and send it again." /
        "打开此表单后，购物车内容有变动。请核对商品与合计后重新提交。";
    notice_form_old:
        "This form was open for a long time. Nothing you typed is lost: please check it and send it again." /
        "此表单打开时间过长。您填写的内容都已保留，请核对后重新提交。";
    notice_gone_unnamed:
        "An item in your cart is no longer sold. Please remove it from your cart." /
        "购物车中有商品已下架，请移除。";
    notice_form_used:
        "This form was already used for another order. Please check it and send it again." /
        "此表单已用于另一笔订单。请核对后重新提交。";

    // An order.
    thanks: "Thank you for your order" / "感谢您的订购";
    order: "Order" / "订单";
    order_number: "Order number" / "订单号";
    placed_at: "Placed" / "下单时间";
    status_confirmed: "Confirmed" / "已确认";
    status_awaiting: "Waiting for payment" / "等待付款";
    confirmed_text: "Your items are set aside and will be packed." / "商品已为您备好，即将打包发货。";
    awaiting_text:
        "Your items are set aside. Please put the order number on your bank transfer." /
        "商品已为您保留。转账时请备注订单号。";
    keep_address:
        "Keep the address of this page: it opens your order, so share it only with people who may see the order." /
        "请保存本页网址，凭它可随时查看订单，请勿转发给他人。";
    items: "Items" / "商品";
    payment_card: "Card" / "银行卡";
    payment_card_text: "On the payment provider's own page." / "在支付服务商的页面上完成支付。";
    awaiting_card_text:
        "Your items are set aside for a short while: please pay now." /
        "商品已为您短暂保留，请尽快完成付款。";
    pay_now: "Pay now" / "立即付款";
    held_until: "Your items are held until" / "商品为您保留至";
    card_declined_title: "Your card was declined" / "您的卡被拒绝";
    card_declined_text:
        "Nothing was charged. Your items are still held: try another card." /
        "未扣款。商品仍为您保留，请换一张卡再试。";
    card_refused_title: "This order cannot be paid by card" / "此订单无法用银行卡支付";
    card_refused_text:
        "The payment provider does not take it. Nothing was charged." /
        "支付服务商未接受此订单，未扣款。";
    expired_voided_text:
        "Your payment came after that, and the items were sold by then. Nothing was charged." /
        "您付款时商品已售出，未扣款。";
    cancelled_voided_text:
        "The payment could not be collected. Nothing was charged." /
        "未能收到付款，未扣款。";
    status_allocated: "Being packed" / "正在打包";
    allocated_text: "We are packing your items." / "我们正在为您打包商品。";
    status_shipped: "On its way" / "已发货";
    shipped_text: "Your parcel has left us." / "您的包裹已发出。";
    status_delivered: "Delivered" / "已送达";
    delivered_text: "Your parcel has arrived." / "您的包裹已送达。";
    status_returned: "Returned" / "已退货";
    returned_text: "All items came back to us." / "全部商品已退回。";
    status_cancelled: "Cancelled" / "已取消";
    cancelled_text: "This order will not be carried out." / "此订单不再执行。";
    status_expired: "Not paid in time" / "未按时付款";
    expired_text:
        "The items went back on sale. If you have paid since, you get them or your money back." /
        "商品已重新上架。若您之后完成了付款，我们会照常发货或全额退款。";
    history: "History" / "订单动态";
    event_placed: "Order placed" / "已下单";
    event_payment_begun: "Payment started" / "已发起付款";
    event_payment_declined: "Payment declined" / "付款被拒";
    event_payment_authorised: "Payment authorised" / "付款已授权";
    event_payment_captured: "Payment received" / "已收款";
    event_payment_voided: "Authorisation released: nothing was charged" / "授权已解除，未扣款";
    event_payment_received: "Payment received" / "已收款";
    event_confirmed: "Order confirmed" / "订单已确认";
    event_reinstated: "Paid late, and still in stock: order confirmed" / "付款较晚，但仍有库存：订单已确认";
    event_expired: "Not paid in time: items released" / "未按时付款，商品已释放";
    event_cancelled: "Order cancelled" / "订单已取消";
    event_allocated: "Items put aside for packing" / "商品已备货";
    event_shipped: "Parcel shipped" / "包裹已发出";
    event_delivered: "Parcel delivered" / "包裹已送达";
    event_returned: "Items returned" / "商品已退回";
    event_refund_requested: "Refund on its way" / "退款处理中";
    event_refund_settled: "Refund paid" / "退款已到账";
    event_refund_failed: "Refund failed: we will be in touch" / "退款失败，我们会与您联系";
    event_dispute_opened: "Disputed with the bank" / "已向银行提出争议";
    event_dispute_won: "Dispute decided for the shop" / "争议已结束，款项归商店所有";
    event_dispute_lost: "Dispute decided for you" / "争议已结束，款项已退还给您";

    // An order that is opened a long time after it was placed.
    open_order: "Is this your order?" / "这是您的订单吗？";
    open_order_text:
        "It was placed some time ago. To see it, enter the e-mail address that it was placed with." /
        "这笔订单下单已有一段时间。请输入下单时填写的电子邮箱以查看订单。";
    open_order_wrong: "This is not the e-mail address of the order" / "这不是该订单的电子邮箱";
    open_order_button: "Show the order" / "查看订单";

    // Messages.
    not_found: "This page is not here" / "找不到这个页面";
    not_found_text: "It may have moved or been sold for good." / "它可能已经搬走，或商品已下架。";
    bad_method: "That does not work here" / "此处不支持该操作";
    bad_method_text: "Please go back and use the page's own buttons." / "请返回上一页，使用页面上的按钮操作。";
    bad_request: "We could not read that" / "无法识别这个请求";
    bad_request_text: "Please go back, check what you entered and try again." / "请返回上一页，检查填写的内容后重试。";
    forbidden: "This form has expired" / "表单已失效";
    forbidden_text:
        "For your safety we only take forms that were opened here a short while ago. Your cart is still here." /
        "为保障安全，我们只接受近期在本站打开的表单。购物车里的商品仍为您保留。";
    unavailable: "We will be right back" / "我们马上回来";
    unavailable_text: "The shop does not answer at the moment. Please try again in a minute." /
        "店铺暂时没有回应，请稍后再试。";
    internal: "Something went wrong on our side" / "我们这边出了点问题";
    internal_text: "It is not your fault. Please try again in a minute." / "不是您的问题，请稍后再试。";
    listing_changed: "This list has just changed" / "商品列表刚刚更新";
    listing_changed_text: "The shop was updated while you were browsing." / "您浏览期间，店铺更新了商品。";
    start_over: "Back to the first page of the list" / "回到列表第一页";
    to_home: "Go to the home page" / "返回首页";
    to_cart: "Go to the cart" / "查看购物车";

    // For developers.
    api_title: "API for developers" / "开发者接口";
    api_raw: "The same as OpenAPI 3.1" / "OpenAPI 3.1 文档";
    api_base: "Base address" / "接口地址";
    api_contents: "Contents" / "目录";
    api_operations: "Operations" / "接口";
    api_parameters: "Parameters" / "参数";
    api_body: "Request body" / "请求体";
    api_responses: "Responses" / "响应";
    api_example: "Example" / "示例";
    api_schemas: "Schemas" / "数据结构";
    api_problems: "Problems" / "错误类型";
    api_problems_text:
        "Errors are RFC 9457 problem details: branch on the last part of `type`." /
        "错误采用 RFC 9457 格式，请以 `type` 的最后一段区分。";
    api_name: "Name" / "名称";
    api_in: "In" / "位置";
    api_type: "Type" / "类型";
    api_meaning: "Meaning" / "说明";
    api_status: "Status" / "状态码";
    api_required: "required" / "必填";
}

impl Words {
    /// The texts in a language.
    pub fn of(locale: Locale) -> &'static Words {
        match locale {
            Locale::En => &EN,
            Locale::Zh => &ZH,
        }
    }

    /// What a language calls itself.
    pub fn own_name(locale: Locale) -> &'static str {
        match locale {
            Locale::En => "English",
            Locale::Zh => "简体中文",
        }
    }

    /// A number of products.
    pub fn products(&self, count: u32) -> String {
        match (self.locale, count) {
            (Locale::En, 1) => "1 product".to_owned(),
            (Locale::En, _) => format!("{count} products"),
            (Locale::Zh, _) => format!("{count} 件商品"),
        }
    }

    /// Which cards of a listing are shown, counted from 1.
    pub fn range(&self, first: u32, last: u32, total: u32) -> String {
        match self.locale {
            Locale::En => format!("{first}–{last} of {total} products"),
            Locale::Zh => format!("第 {first}–{last} 件，共 {total} 件商品"),
        }
    }

    /// Which cards of a listing are shown, counted from 1, when their total is unknown.
    pub fn range_open(&self, first: u32, last: u32) -> String {
        match self.locale {
            Locale::En => format!("Products {first}–{last}"),
            Locale::Zh => format!("第 {first}–{last} 件商品"),
        }
    }

    /// The highest price that is wanted.
    pub fn highest_price(&self, price: &str) -> String {
        match self.locale {
            Locale::En => format!("up to {price}"),
            Locale::Zh => format!("{price} 以下"),
        }
    }

    /// The lowest of several prices.
    pub fn lowest_price(&self, price: &str) -> String {
        match self.locale {
            Locale::En => format!("from {price}"),
            Locale::Zh => format!("{price} 起"),
        }
    }

    /// What one unit costs.
    pub fn each(&self, price: &str) -> String {
        match self.locale {
            Locale::En => format!("{price} each"),
            Locale::Zh => format!("单价 {price}"),
        }
    }

    /// What a control does to a thing, for those who hear the control alone.
    pub fn about(&self, action: &str, thing: &str) -> String {
        match self.locale {
            Locale::En => format!("{action}: {thing}"),
            Locale::Zh => format!("{action}：{thing}"),
        }
    }

    /// Units of a line that are still to be made or bought in.
    pub fn backordered(&self, units: u32) -> String {
        match self.locale {
            Locale::En => format!("{units} to be made or ordered for you"),
            Locale::Zh => format!("其中 {units} 件需制作或调货"),
        }
    }

    /// How long units are still held.
    pub fn minutes_left(&self, minutes: i64) -> String {
        match (self.locale, minutes) {
            (Locale::En, 1) => "1 minute left".to_owned(),
            (Locale::En, _) => format!("{minutes} minutes left"),
            (Locale::Zh, _) => format!("还剩 {minutes} 分钟"),
        }
    }

    /// A required field that is empty.
    pub fn error_missing(&self, label: &str) -> String {
        match self.locale {
            Locale::En => format!("{label} is required"),
            Locale::Zh => format!("请填写{label}"),
        }
    }

    /// A field with too many characters.
    pub fn error_long(&self, label: &str, characters_max: usize) -> String {
        match self.locale {
            Locale::En => format!("{label} can have {characters_max} characters at most"),
            Locale::Zh => format!("{label}最多 {characters_max} 个字符"),
        }
    }

    /// A field whose value is written in another way.
    pub fn error_example(&self, label: &str, example: &str) -> String {
        match self.locale {
            Locale::En => format!("{label}: write it such as {example}"),
            Locale::Zh => format!("{label}格式不对，例如 {example}"),
        }
    }

    /// A field with characters that cannot be printed.
    pub fn error_characters(&self, label: &str) -> String {
        match self.locale {
            Locale::En => format!("{label} has characters that cannot be printed"),
            Locale::Zh => format!("{label}含有无法打印的字符"),
        }
    }

    /// No unit of a line is left.
    pub fn notice_sold_out(&self, title: &str) -> String {
        match self.locale {
            Locale::En => format!("“{title}” has just sold out. Please remove it from your cart."),
            Locale::Zh => format!("“{title}”刚刚售罄，请从购物车中移除。"),
        }
    }

    /// The last units of a line are in the shopper's own order.
    pub fn notice_held_for_you(&self, title: &str) -> String {
        match self.locale {
            Locale::En => format!(
                "The last of “{title}” are set aside for your own order that waits for payment. \
                 Please pay for that one, or remove the item from your cart."
            ),
            Locale::Zh => {
                format!("“{title}”的最后几件已为您等待付款的订单保留，请先付款，或从购物车中移除。")
            }
        }
    }

    /// A total that a card cannot pay.
    pub fn notice_below_card_minimum(&self, min: &str) -> String {
        match self.locale {
            Locale::En => format!(
                "A card can pay {min} at least, and this order costs less. Please choose another \
                 way of paying."
            ),
            Locale::Zh => {
                format!("银行卡付款最低金额为 {min}，此订单不足该金额，请选择其他付款方式。")
            }
        }
    }

    /// Fewer units of a line are left than were asked for.
    pub fn notice_too_few_left(&self, title: &str) -> String {
        match self.locale {
            Locale::En => format!(
                "There are not as many of “{title}” left as you want. Please lower the quantity."
            ),
            Locale::Zh => format!("“{title}”的库存不足，请减少购买数量。"),
        }
    }

    /// More units than one order may have.
    pub fn notice_too_many(&self, title: Option<&str>, allowed: i64) -> String {
        match (self.locale, title) {
            (Locale::En, Some(title)) => format!(
                "One order can have {allowed} of “{title}” at most. Please lower the quantity."
            ),
            (Locale::En, None) => format!(
                "One order can have {allowed} articles at most. Please lower the quantities."
            ),
            (Locale::Zh, Some(title)) => {
                format!("“{title}”每笔订单最多 {allowed} 件，请减少购买数量。")
            }
            (Locale::Zh, None) => format!("每笔订单最多 {allowed} 件商品，请减少购买数量。"),
        }
    }

    /// A total that is larger than any may be.
    pub fn notice_too_dear(&self, allowed: &str) -> String {
        match self.locale {
            Locale::En => format!(
                "One order can cost {allowed} at most. Please lower the quantities, or order in \
                 parts."
            ),
            Locale::Zh => format!("每笔订单金额最多 {allowed}，请减少购买数量或分多次下单。"),
        }
    }

    /// More units than may be in orders that are not paid.
    pub fn notice_too_many_unpaid(&self, title: Option<&str>) -> String {
        match (self.locale, title) {
            (Locale::En, Some(title)) => format!(
                "Many of “{title}” are in orders that are not paid yet. Please lower the quantity, \
                 or try again later."
            ),
            (Locale::En, None) => "You have orders that are not paid yet. Please pay for them or \
                                   cancel them first, or order fewer articles."
                .to_owned(),
            (Locale::Zh, Some(title)) => {
                format!("“{title}”有较多未付款订单，请减少购买数量或稍后再试。")
            }
            (Locale::Zh, None) => "您还有未付款的订单，请先付款或取消，或减少购买数量。".to_owned(),
        }
    }

    /// Another price than the one shown.
    pub fn notice_price(&self, title: &str, price: &str) -> String {
        match self.locale {
            Locale::En => format!(
                "The price of “{title}” is now {price}. The total below is up to date: \
                 send the form again if you agree."
            ),
            Locale::Zh => {
                format!("“{title}”的价格已变为 {price}，下方合计已更新。如同意，请再次提交。")
            }
        }
    }

    /// A line that is no longer sold.
    pub fn notice_gone(&self, title: &str) -> String {
        match self.locale {
            Locale::En => {
                format!("“{title}” is no longer sold. Please remove it from your cart.")
            }
            Locale::Zh => format!("“{title}”已下架，请从购物车中移除。"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_empty_and_chinese_texts_are_chinese() {
        // Terms that developers read in the same letters everywhere.
        let technical = ["api_raw", "colon"];
        for &(name, en, zh) in TABLE {
            assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{name}");
            assert!(en.is_ascii() || en.contains(['’', '…', '–', '“']), "{name}");
            let chinese = zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese || technical.contains(&name), "{name}: {zh}");
        }
    }

    #[test]
    fn numbers_take_the_right_form() {
        let [en, zh] = Locale::ALL.map(Words::of);
        assert_eq!(en.products(1), "1 product");
        assert_eq!(en.products(2), "2 products");
        assert_eq!(zh.products(1), "1 件商品");
        assert!(en.notice_too_few_left("Cup").contains("lower the quantity"));
        assert!(zh.notice_too_few_left("杯子").contains("减少"));
        assert!(en.notice_sold_out("Cup").contains("sold out"));
        assert!(zh.notice_sold_out("杯子").contains("售罄"));
    }
}
