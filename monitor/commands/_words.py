"""What `check` says, in the languages of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, str]

WORDS: Final[Mapping[str, Words]] = {
    "en": {
        "config": "configuration",
        "sources": "sources",
        "store": "store",
        "channels": "channels",
        "test": "test page",
        "ok": "ok",
        "warning": "warning",
        "problem": "problem",
        "valid": "{file} is valid: {sources} sources, {rules} rules, {levels} levels",
        "read": "reachable; a trial read {tickets} ticket versions",
        "nothing_read": "reachable, and it has no ticket yet",
        "set_aside": "{count} rows would be quarantined: {reasons}",
        "all_set_aside": "no row became a ticket, {count} would be quarantined: {reasons}",
        "and_others": "{reasons}; and for other reasons: {count}",
        "sample": "e.g. {id}, created {created}, {path}",
        "no_category": "no category",
        "too_slow": "no answer within {limit}; check the address and the network, or raise its timeout",
        "failed": "failed unexpectedly: {error}",
        "will_be_made": "will be created at {file}",
        "folder_closed": "{folder} cannot be written; allow it, or change store.url",
        "writable": "reachable and writable",
        "reachable": "ready",
        "sent": "sent to {contact} on {channel}",
        "no_reader": "nobody with an address fills {role}; give it contacts",
        "all_well": "All is well.",
        "counted": "{problems} problems, {warnings} warnings.",
    },
    "zh": {
        "config": "配置",
        "sources": "数据源",
        "store": "存储",
        "channels": "通知渠道",
        "test": "测试通知",
        "ok": "正常",
        "warning": "注意",
        "problem": "问题",
        "valid": "{file} 有效：{sources} 个数据源，{rules} 条规则，{levels} 个预警级别",
        "read": "可以连接，试读到 {tickets} 条工单版本",
        "nothing_read": "可以连接，暂无工单",
        "set_aside": "{count} 行将被隔离：{reasons}",
        "all_set_aside": "没有一行能成为工单，{count} 行将被隔离：{reasons}",
        "and_others": "{reasons}；其他原因：{count}",
        "sample": "例如 {id}，创建于 {created}，{path}",
        "no_category": "无分类",
        "too_slow": "{limit} 内没有应答；请检查地址和网络，或调大 timeout",
        "failed": "意外失败：{error}",
        "will_be_made": "将新建 {file}",
        "folder_closed": "{folder} 不可写；请开放权限，或修改 store.url",
        "writable": "可以连接，可以写入",
        "reachable": "就绪",
        "sent": "已通过 {channel} 发送给 {contact}",
        "no_reader": "没有带地址的联系人担任 {role}；请为其填写 contacts",
        "all_well": "一切正常。",
        "counted": "{problems} 个问题，{warnings} 个注意事项。",
    },
}
