namespace Align.ToyWorld;

/// <summary>What the slots of sentences are filled with. No word begins with a vowel where "a" may come before it.</summary>
internal static class Fillers
{
    public static readonly string[] Names =
    [
        "Ada", "Bo", "Carla", "Dev", "Elif", "Finn", "Gita", "Hugo", "Inés", "Jun", "Kofi", "Lea", "Milo", "Noor",
        "Olga", "Pia", "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wim", "Yara", "Zoë", "José", "Chloé", "Björn", "Mei",
    ];

    /// <summary>A slot such as {pet1} takes its word from the list <c>pet</c>.</summary>
    public static readonly Dictionary<string, string[]> Lists = new(StringComparer.Ordinal)
    {
        ["name"] = Names,
        ["petname"] = ["Biscuit", "Pickle", "Tofu", "Gizmo", "Muffin", "Thunder", "Turbo", "Mango", "Pepper", "Noodle", "Sultan", "Dot"],
        ["pet"] = ["cat", "dog", "goat", "parrot", "hamster", "pony", "snail", "duck", "llama", "turtle"],
        ["colour"] = ["red", "blue", "green", "yellow", "white", "black", "purple", "grey"],
        ["place"] = ["kitchen", "garden", "attic", "cellar", "garage", "bathroom", "office", "hall", "tower", "stable"],
        ["thing"] = ["umbrella", "map", "lamp", "ladder", "trumpet", "camera", "teapot", "wig", "kite", "hammer", "violin", "helmet"],
        ["city"] = ["Oslo", "Lima", "Rome", "Kyoto", "Cairo", "Porto", "Delhi", "Quito", "Vienna", "Lagos"],
        ["food"] = ["soup", "rice", "noodles", "pancakes", "salad", "curry", "dumplings", "pizza", "crêpes", "porridge"],
        ["day"] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        ["shop"] = ["bakery", "library", "museum", "pool", "café", "market", "zoo", "cinema"],
        ["spot"] = ["bridge", "windmill", "bench", "well", "statue", "fountain", "chapel", "palm"],
        ["treasure"] = ["gold", "cheese", "rum", "silver", "ruby", "crown", "letter", "pearl"],
        ["goods"] = ["hats", "buttons", "shells", "stamps", "clocks", "postcards", "feathers", "marbles", "teeth", "bells"],
        ["instrument"] = ["banjo", "tuba", "drum", "harp", "flute", "cello", "piano", "trombone"],
        ["gift"] = ["telescope", "skateboard", "puppet", "globe", "hammock", "scarf", "robot", "guitar"],
        ["number"] = [.. Enumerable.Range(6, 15).Select(n => $"{n}")],
        ["emoji"] = ["🐟", "🔥", "🌳", "🎵", "⭐", "🌙", "🍞", "🎂"],
        ["人"] = ["小明", "小兰", "李雷", "王芳"],
        ["宠物"] = ["小猫", "小狗", "小鸟", "小马"],
        ["宠物名"] = ["豆豆", "咪咪", "乐乐", "圆圆"],
        ["食物"] = ["面条", "饺子", "米饭", "苹果"],
        ["城市"] = ["北京", "上海", "成都", "西安"],
        ["颜色"] = ["红", "白", "黑", "黄"],
    };
}
