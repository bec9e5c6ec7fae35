"""The words that the sample company is made of. All invented; every address ends in ``.example``."""

from __future__ import annotations

from typing import Final


def _list(words: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in words.split(","))


Place = tuple[str, str, str, tuple[str, ...], str]

CITIES: Final[tuple[Place, ...]] = (
    # city, country, postal pattern, street patterns, phone code
    ("Amsterdam", "NL", "10## AB", ("Prinsenkade #", "Bloemgracht #"), "+3120555####"),
    ("Hamburg", "DE", "20###", ("Speicherweg #", "Kaistraße #"), "+4940555####"),
    ("Berlin", "DE", "10###", ("Lindenufer #", "Oranienstraße #"), "+4930555####"),
    ("Lyon", "FR", "690##", ("Quai des Brumes #", "Rue du Marché #"), "+33478555###"),
    ("Porto", "PT", "4000-###", ("Rua das Flores #", "Cais da Ribeira #"), "+35122555####"),
    ("Göteborg", "SE", "411 ##", ("Hamngatan #", "Vasagatan #"), "+4631555###"),
    ("Kraków", "PL", "30-###", ("ulica Długa #", "Rynek #"), "+4812555####"),
    ("Galway", "IE", "H91 ##", ("Quay Street #", "Shop Street #"), "+35391555###"),
)
CITIES_ZH: Final[tuple[Place, ...]] = (
    ("上海", "CN", "2000##", ("外滩路#号", "武康路#号"), "+8621555#####"),
    ("杭州", "CN", "3100##", ("龙井路#号", "南山路#号"), "+86571555####"),
    ("福州", "CN", "3500##", ("三坊巷#号", "茶亭街#号"), "+86591555####"),
    ("深圳", "CN", "5180##", ("海上世界#栋", "华侨城#号"), "+86755555####"),
    ("成都", "CN", "6100##", ("宽窄巷#号", "锦江路#号"), "+8628555#####"),
)
FIRST: Final = _list(
    """
    Anneke, Mateo, Ingrid, Priya, Oskar, Beatriz, Elif, Thomas, Siobhán, Kwame, Marit, Jürgen, Zoë, Łukasz,
    Amélie, Tomás, Freya, Noah, Inês, Piotr, Clara, Emil, Nuala, Hugo, Saskia, André, Leila, Mikael, Rosa, Dieter
    """
)
LAST: Final = _list(
    """
    de Wit, Ferrer, Solheim, Raman, Lindqvist, Camargo, Aydın, Brandl, Keane, Asante, Haugen, Müller, van Dijk,
    Kowalczyk, Moreau, Ó Briain, Nyström, Weiß, Carvalho, Wiśniewski, Sørensen, Bergmann, Byrne, Lefèvre, Visser,
    Osei, Haddad, Åkesson, Teixeira, Krüger
    """
)
FAMILY_ZH: Final = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段"
    "雷黎史龙贺顾毛郝龚邵万钱覃武戴孔向汤"
)
GIVEN_ZH: Final = _list(
    """
    文彬, 清仪, 嘉禾, 慕云, 知远, 安然, 若曦, 以晨, 婉清, 子墨, 思齐, 雨桐,
    景行, 明轩, 书瑶, 一诺, 浩然, 静怡, 怀瑾, 星野, 晓岚, 伯言, 芷若, 云舒
    """
)
ADJECTIVES: Final = _list(
    """
    Lotus, Green Eaves, Saffron, Norrsken, Fjellbryg, Casa Verde, Harbour, Alpenhof, Golden Pod, Paper Crane, Half
    Acre, Slow Moon, East Bank, Copper Kettle, Wren, Old Mill, North Light, Blue Door, Quiet Lane, Stone Bridge
    """
)
KINDS: Final = (
    ("Hotels", "Hotels and resorts"),
    ("Roastery", "Coffee roasting"),
    ("Tea House", "Cafés and tea houses"),
    ("Bakery", "Bakeries"),
    ("Kaffe", "Cafés and tea houses"),
    ("Restaurants", "Restaurants"),
    ("Foods", "Grocery retail"),
    ("Market", "Grocery retail"),
    ("Catering", "Catering"),
    ("Trading", "Wholesale"),
)
LEGAL: Final = ("GmbH", "BV", "AB", "Ltd", "SARL", "Lda", "", "")
NAMES_ZH: Final = _list(
    """
    云栖, 半亩, 望潮, 松涛, 青檐, 雾岭, 晴岚, 长汀, 听雨, 漫月, 东岸, 拾光, 九畹, 竹里, 南屏, 溪山
    """
)
KINDS_ZH: Final = (
    ("茶馆", "茶馆与咖啡"),
    ("酒店管理", "酒店"),
    ("食品", "食品零售"),
    ("餐饮", "餐饮"),
    ("贸易", "批发"),
    ("烘焙", "烘焙"),
)
LEGAL_ZH: Final = ("有限公司", "有限责任公司", "集团", "")
TITLES: Final = _list(
    """
    Head of purchasing, Owner, Food and beverage manager, Buyer, Accounts payable, Managing director, Chef,
    Operations manager
    """
)
TITLES_ZH: Final = _list(
    """
    采购经理, 总经理, 店长, 采购主管, 财务, 运营总监
    """
)
TAGS: Final = _list(
    """
    Key account, Tea house, Café, Hotel, Retail, Distributor, Organic, Trade fair 2026
    """
)
SOURCES: Final = _list(
    """
    Trade fair, Referral, Website, Cold call, Partner, Import
    """
)
SOURCES_ZH: Final = _list(
    """
    展会, 客户推荐, 网站, 陌生拜访, 合作伙伴, 导入
    """
)
TAGS_ZH: Final = _list(
    """
    重点客户, 茶馆, 酒店, 零售, 经销商, 有机, 2026 展会
    """
)
NEEDS: Final = _list(
    """
    Allergen sheets for the new syrups, Oat base in 10 l boxes, One invoice per house, Single-origin set for the
    winter menu, Shorter delivery times to the islands, Private label for the tea range, Compostable cups, Decaf
    that keeps its aroma, Training for new baristas, Smaller minimum order, Payment terms of 45 days, Samples for
    fourteen houses
    """
)
NEEDS_ZH: Final = _list(
    """
    冬季新茶样品, 小批量定制包装, 缩短到货时间, 有机认证文件, 门店培训, 统一开票, 低因茶饮方案, 节日礼盒报价
    """
)

CONSENT_SOURCES: Final = _list("Trade fair, Web form, Phone call, Order form")
CONSENT_SOURCES_ZH: Final = _list("展会, 网页表单, 电话, 订单")
EVIDENCE: Final = "“Yes, write to me about new teas and fairs.” The form is in the files of the fair."
EVIDENCE_ZH: Final = "“同意接收新茶与展会的消息。”原始表单存档。"
