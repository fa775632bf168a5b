"""Texts without a personal detail, among them much that looks like one."""

IMPERSONAL = """客户支持太差
用户许可协议看不懂
客户方便的时候没人来
客户端打不开
客户要求退款
用户周末不能用
联系人和地址都改了，没有生效
收件人信息不能修改
姓名和手机号都填了还是失败
订单号202611221234567890一直没有发货
订单 20261122-000815 状态不对
工单编号：CS2026112200123 处理太慢
快递单号SF1234567890123三天没动
我在2026-11-22 14:30:05提交过申请
2026年11月22日扣款1,299.00元，应为1,199.00元
金额 12345678.90 对不上
版本 1.2.3 升级到 10.0.19045.2006 之后闪退
App 版本号v5.16.2(20261101)打不开
流水号 20261122153000123456
等了30分钟，前面还有128个人
IP 地址 192.168.100.200 连不上
温度 36.5 度，湿度 60%
合同编号 HT-2026-0815-001
客服热线打不通，一直占线
我是老客户了，你们就这样对待我
我是昨天办理的业务
这位先生说不能退
任何女士都不应该被这样对待
尊敬的先生您好，请问什么时候发货
网点的工作人员态度很差
高速上堵了三个小时
时间都浪费在排队上
请问这个产品什么时候有货
发票号码 04412345 金额不符
房间号 1808，空调不制冷
商品编码 6901234567892 缺货
Order no. 4532015112830366 has not arrived
Order number: 20261122123456
Order #100-2233445 was cancelled
My order 8812345678 never shipped
I was charged $1,299.00 on 2026-11-22
Charged 45.00 EUR twice on 22/11/2026 at 14:30
The version 16.4.1 (build 20E252) crashes
Windows 10.0.19045.2006 shows error 0x80070057
Tracking number 1Z999AA10123456784 shows nothing
Invoice INV-2026-004512 is wrong
Ticket 1234567 was closed without an answer
Flight CA1234 on 5 June was late by 180 minutes
Dear customer service, nothing works
Dear Sir or Madam, I want to complain
Dear Team, please look into it
Hi there, any news?
Thanks, still waiting for an answer
Best regards
Kind regards,
Your loyal customer
I am Very Angry about this
I am waiting since Monday
This is The Worst Bank Ever
Please call me back
The Main Street branch is closed
I want to speak with a manager
The ISO 8601 time was 2026-11-22T14:30:00+08:00
ISBN 978-3-16-148410-0 is sold out
The ratio fell from 1.250 to 0.875 within 24 h
Batch 20261122 has 5000 items
It has been 12 days and 14 hours
Reference: 2026112212345678
Card payments do not work in Paris
Is there a limit of 10000 per month?
Mr or Mrs, I do not care, just fix it
Room 404, 3rd floor, no heating
The meter reads 0012345 kWh
Policy number 55500012345 was not found
My name is misspelled on the card
my name is wrong on the invoice
Serial no. 356938035643809 is registered twice
Exchange rate 7.1234 instead of 7.0987
Top up of 500 failed at 09:15 on 3 March 2026""".splitlines()
