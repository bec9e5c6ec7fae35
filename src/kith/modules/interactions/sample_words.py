"""What the people of the sample company wrote down. All invented."""

from __future__ import annotations

from typing import Final

NOTES: Final[tuple[tuple[str, str], ...]] = (
    ("Tasting in the showroom", "<p>They liked the <strong>smoked oolong</strong> best and asked for 2 kg to try.</p>"),
    ("Call about delivery", "<p>Two pallets came late. Promised a call before each truck from now on.</p>"),
    (
        "Met at the fair",
        "<p>Looking for a second supplier:</p><ul><li>decaf</li><li>oat base</li><li>own label</li></ul>",
    ),
    ("Price round", "<p>Accept the new list from January if we keep the minimum order at 40 kg.</p>"),
    ("", "<p>Prefers calls in the morning. Never on market days.</p>"),
    ("Visit on site", "<p>New kitchen, room for one more machine. The chef decides, purchasing signs.</p>"),
    ("Complaint settled", "<p>Three broken boxes replaced; sent a tin of jasmine with our regards.</p>"),
    ("Plans for next year", "<p>Two more houses are to open. They want <em>one</em> contract for all of them.</p>"),
)
NOTES_ZH: Final[tuple[tuple[str, str], ...]] = (
    ("展厅品鉴", "<p>最喜欢<strong>烟熏乌龙</strong>，想先试 2 公斤。</p>"),
    ("送货问题", "<p>上周两托货晚到，以后发车前先打电话。</p>"),
    ("展会交流", "<p>在找第二家供应商：</p><ul><li>低因茶</li><li>定制包装</li></ul>"),
    ("价格沟通", "<p>明年一月起接受新价，起订量保持 40 公斤。</p>"),
    ("", "<p>上午方便接电话，赶集日不要打扰。</p>"),
    ("上门拜访", "<p>新店后厨很大，还能放一台设备。店长定，采购签字。</p>"),
)
