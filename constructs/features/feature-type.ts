/** The type of a column: as Glue and Athena store it, and as Feast serves it. */
export class FeatureType {
  /** Whole numbers of 64 bits. */
  public static readonly INT64 = new FeatureType('Int64', 'bigint', 'int64_val');
  /** Whole numbers of 32 bits. */
  public static readonly INT32 = new FeatureType('Int32', 'int', 'int32_val');
  /** Floating point of 64 bits. */
  public static readonly DOUBLE = new FeatureType('Float64', 'double', 'double_val');
  /** Floating point of 32 bits. */
  public static readonly FLOAT = new FeatureType('Float32', 'float', 'float_val');
  /** Text. */
  public static readonly STRING = new FeatureType('String', 'string', 'string_val');
  /** True or false. */
  public static readonly BOOL = new FeatureType('Bool', 'boolean', 'bool_val');
  /** A point in time. */
  public static readonly TIMESTAMP = new FeatureType('UnixTimestamp', 'timestamp', 'unix_timestamp_val');
  /** Bytes, such as an encoded vector. */
  public static readonly BYTES = new FeatureType('Bytes', 'binary', 'bytes_val');
  /** A list of DOUBLE, such as an embedding. */
  public static readonly DOUBLE_LIST = new FeatureType('Array(Float64)', 'array<double>', 'double_list_val');
  /** A list of STRING. */
  public static readonly STRING_LIST = new FeatureType('Array(String)', 'array<string>', 'string_list_val');

  /**
   * A type that is not in the list.
   * @param feastName as in `feast.types`.
   * @param hiveType as Glue writes it.
   * @param valueField field of Feast's `Value` message.
   */
  public static of(feastName: string, hiveType: string, valueField: string): FeatureType {
    return new FeatureType(feastName, hiveType, valueField);
  }

  private constructor(
    /** Name in `feast.types`. */
    public readonly feastName: string,
    /** Type of the Glue column. */
    public readonly hiveType: string,
    /** Field of Feast's `Value` message; DynamoDB keeps each value as this message, in binary. */
    public readonly valueField: string,
  ) {}

  public toString(): string {
    return this.feastName;
  }
}
