using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Align.Tests;

/// <summary>An assembly's public types and members, one sorted line each. What the compiler adds to a record is left out.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(char)] = "char", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(short)] = "short", [typeof(ushort)] = "ushort",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    internal static IEnumerable<string> Lines(Assembly assembly) =>
        assembly.GetExportedTypes().SelectMany(Lines).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Lines(Type type)
    {
        yield return $"{Name(type)} : {Kind(type)}{Bases(type)}";
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;
        foreach (var member in type.GetMembers(Declared).Where(m => m is PropertyInfo || m.GetCustomAttribute<CompilerGeneratedAttribute>() is null))
            if (Line(member) is { } line) yield return $"{Name(type)}.{line}";
    }

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } c when Visible(c) => $"new({Parameters(c.GetParameters())})",
        MethodInfo { IsSpecialName: false } m when Visible(m) => $"{Static(m)}{m.Name}{Generic(m)}({Parameters(m.GetParameters())}) : {Name(m.ReturnType)}{Null(m.ReturnParameter)}",
        MethodInfo { IsSpecialName: true } m when Visible(m) && m.Name.StartsWith("op_", StringComparison.Ordinal) => $"{m.Name}({Parameters(m.GetParameters())}) : {Name(m.ReturnType)}",
        PropertyInfo p when p.GetMethod is { } get && Visible(get) && p.Name != "EqualityContract" =>
            $"{Static(get)}{p.Name}{Index(p)} : {Name(p.PropertyType)}{(p.PropertyType.IsValueType || Nullability.Create(p).ReadState != NullabilityState.Nullable ? "" : "?")} {{ get;{(p.SetMethod is { } set && Visible(set) ? IsInit(set) ? " init;" : " set;" : "")} }}",
        FieldInfo { IsLiteral: true } f when Visible(f) => $"const {f.Name} : {Name(f.FieldType)} = {Literal(f.GetRawConstantValue())}",
        FieldInfo f when Visible(f) && f.Name != "value__" => $"{(f.IsStatic ? "static " : "")}{f.Name} : {Name(f.FieldType)}",
        EventInfo e when e.AddMethod is { } add && Visible(add) => $"event {e.Name} : {Name(e.EventHandlerType!)}",
        _ => null,
    };

    private static bool Visible(MethodBase m) => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly;

    private static bool Visible(FieldInfo f) => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly;

    private static bool IsInit(MethodInfo set) => set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Static(MethodInfo m) => m.IsStatic ? "static " : "";

    private static string Index(PropertyInfo p) => p.GetIndexParameters() is { Length: > 0 } index ? $"[{Parameters(index)}]" : "";

    private static string Generic(MethodInfo m) => m.IsGenericMethodDefinition ? $"<{string.Join(", ", m.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(p =>
        (p.GetCustomAttribute<ParamArrayAttribute>() is null ? "" : "params ")
        + (p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "")
        + $"{Name(p.ParameterType)}{Null(p)} {p.Name}"
        + (p.HasDefaultValue ? $" = {Literal(p.RawDefaultValue)}" : "")));

    private static string Null(ParameterInfo p) => p.ParameterType.IsValueType || Nullability.Create(p).ReadState != NullabilityState.Nullable ? "" : "?";

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string s => $"\"{s}\"",
        bool b => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Kind(Type type) =>
        typeof(Delegate).IsAssignableFrom(type) ? $"delegate ({Parameters(type.GetMethod("Invoke")!.GetParameters())}) => {Name(type.GetMethod("Invoke")!.ReturnType)}"
        : type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class" : "class";

    private static string Bases(Type type) =>
        type.IsClass && type.BaseType is { } b && b != typeof(object) && !typeof(Delegate).IsAssignableFrom(type) ? $" of {Name(b)}" : "";

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter) return type.Name;
        var name = type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : Short(type.Namespace) + type.Name;
        var tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : $"{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }

    private static string Short(string? space) => space is not null && space.StartsWith("Align", StringComparison.Ordinal) ? space + "." : "";
}
