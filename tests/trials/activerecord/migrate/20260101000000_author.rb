class Author < ActiveRecord::Migration[6.1]
  def change
    create_table(:author) { |t| t.text :name }
  end
end
