/// The version of logd and logctl, which are made and installed together.
public enum Version {
  public static let text = "0.1.0"
}
