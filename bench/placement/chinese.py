"""Are new kinds found in Chinese, where grams judge alone? `python bench/placement/chinese.py --seeds 1-9`.

Sixteen kinds of complaints, made of what is meant, what is wrong with it, and what the caller adds: 64 texts
each. Four are held out: 20 texts of each come in, beside what is left of the others, of which 30 texts each
are labelled. Told are how many of the four are found (a cluster in which they are at least four fifths), and
clusters among the others alone, all of them false. The texts are made up: real ones differ more.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
from kinds import grouped

from connectors.clustering.placer import Placer

KINDS = {
    "宽带断线": (
        ["家里宽带", "我家的网", "办公室宽带", "光猫"],
        ["又断了", "每天晚上掉线", "三天连不上", "一直闪红灯上不了网"],
        ["快派人来修", "影响孩子上课", "报修没人理", ""],
    ),
    "网速慢": (
        ["网速", "晚上看视频", "下载东西", "打游戏"],
        ["特别慢", "卡得不行", "只有几兆", "一直转圈"],
        ["跟合同说的不一样", "已经一个星期了", "怎么回事", ""],
    ),
    "多扣费": (
        ["这个月账单", "话费", "套餐费", "上个月"],
        ["多扣了五十元", "被莫名扣钱", "重复扣了两次", "比约定的贵"],
        ["请退给我", "没有人解释", "要求核查", ""],
    ),
    "发票": (
        ["电子发票", "发票", "报销用的发票", "发票抬头"],
        ["一直没开", "开错了", "下载不了", "金额不对"],
        ["财务等着要", "催了好几次", "请重开", ""],
    ),
    "快递丢失": (
        ["包裹", "我的快递", "寄的文件", "网购的鞋"],
        ["寄丢了", "显示签收但没收到", "半个月没消息", "找不到了"],
        ["要求赔偿", "客服推来推去", "里面很贵重", ""],
    ),
    "快递破损": (
        ["收到的箱子", "快递", "寄来的杯子", "包装"],
        ["压烂了", "碎了一地", "全是水", "被拆开过"],
        ["怎么赔", "拍了照片", "快递员不管", ""],
    ),
    "退款慢": (
        ["退款", "退货的钱", "取消订单后", "押金"],
        ["十天没到账", "还在处理中", "一直不退", "说三天结果没有"],
        ["到底什么时候到", "急用钱", "投诉你们", ""],
    ),
    "假货": (
        ["买的手机", "这个包", "化妆品", "充电器"],
        ["是假货", "跟正品不一样", "查不到编码", "用两天就坏"],
        ["要求退一赔三", "商家不承认", "鉴定过了", ""],
    ),
    "客服态度": (
        ["你们客服", "接电话的人", "人工客服", "营业厅的人"],
        ["态度恶劣", "骂人", "直接挂电话", "爱理不理"],
        ["要求道歉", "工号记下了", "太气人", ""],
    ),
    "噪音": (
        ["楼下工地", "隔壁装修", "广场舞", "酒吧"],
        ["半夜还在吵", "一大早就开始", "声音太大", "整晚睡不着"],
        ["没人管吗", "老人受不了", "打过电话了", ""],
    ),
    "路灯": (
        ["小区门口路灯", "这条路的灯", "路灯", "巷子里的灯"],
        ["不亮了", "坏了一个月", "忽明忽暗", "晚上漆黑"],
        ["很危险", "请尽快修", "摔了人", ""],
    ),
    "垃圾": (
        ["楼道垃圾", "垃圾桶", "路边垃圾", "餐馆的泔水"],
        ["没人清", "堆成山", "臭味很大", "满了好几天"],
        ["夏天苍蝇多", "物业不管", "请处理", ""],
    ),
    "停水": (
        ["自来水", "我们楼", "整个小区", "家里"],
        ["突然停水", "两天没水", "水压很小", "水是黄的"],
        ["没有通知", "没法做饭", "什么时候恢复", ""],
    ),
    "公交晚点": (
        ["公交车", "这趟车", "末班车", "早高峰公交"],
        ["等了一小时", "总是晚点", "到站不停", "提前走了"],
        ["上班迟到", "天天这样", "司机不理人", ""],
    ),
    "共享单车": (
        ["共享单车", "单车", "骑完的车", "扫码开的车"],
        ["锁不上一直计费", "刹车坏了", "押金不退", "停车点还不了"],
        ["多收了钱", "差点摔倒", "客服打不通", ""],
    ),
    "食品变质": (
        ["买的牛奶", "面包", "外卖", "超市的肉"],
        ["过期了", "有异味", "发霉了", "吃了拉肚子"],
        ["要求赔偿", "有小票", "孩子吃的", ""],
    ),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", default="1-3")
    first, _, last = options.parse_args().seeds.partition("-")
    for seed in range(int(first), int(last or first) + 1):
        dice = np.random.default_rng(seed)
        held = set(dice.choice(list(KINDS), 4, replace=False).tolist())
        labelled: list[tuple[str, str]] = []
        known: list[tuple[str, str]] = []
        new: list[tuple[str, str]] = []
        for kind, parts in KINDS.items():
            said = [
                (what + wrong + (f"，{more}" if more else ""), kind) for what, wrong, more in product(*parts)
            ]
            said = [said[row] for row in dice.permutation(len(said))]
            if kind in held:
                new += said[:20]
            else:
                labelled += said[:30]
                known += said[30:]
        placer = Placer.fit([text for text, _ in labelled], [(kind,) for _, kind in labelled])
        both = [*known, *new]
        found = grouped(placer, [both[row] for row in dice.permutation(len(both))])
        tops = [(*members.most_common(1)[0], members.total()) for members in found.values()]
        own = {kind for kind, most, size in tops if most >= 0.8 * size} & held
        print(
            f"seed {seed}: of four {len(own)}, clusters {len(found)}, "
            f"of {sum(size for *_, size in tops)} texts in them {sum(most for _, most, _ in tops)} rightly; "
            f"{len(known)} texts of known kinds alone: clusters {len(grouped(placer, known))}",
            "|",
            ", ".join(found),
        )


if __name__ == "__main__":
    main()
